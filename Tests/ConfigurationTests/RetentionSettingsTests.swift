import TestKit
import Testing

@testable import slipway

@Suite("Configuration: which images registries keep")
struct RetentionSettingsTests {
  @Test("all of them, unless the file says otherwise")
  func off() throws {
    #expect(try ConfigurationCase(yaml(top: "retention: {}")).load().retention.images == nil)
    let images = try ConfigurationCase(yaml(top: "retention: { images: {} }")).load().retention
      .images
    #expect(images?.age == .seconds(180 * 86_400))
    #expect(images?.kept == 100)
  }

  @Test("what is deployed and what it would be rolled back to are two")
  func two() throws {
    #expect(
      try ConfigurationCase(yaml(top: "retention: { images: { keep: 1 } }")).errors() == [
        "15:30: `retention.images.keep` must be a whole number from 2 to 1000000000, not `1`"
      ])
  }

  @Test("images that are kept longer than their deployments are advised against")
  func forgotten() throws {
    let remarks = try ConfigurationCase(
      yaml(top: "retention: { deployments: { keep: 50 }, images: {} }")
    ).remarks()
    #expect(
      remarks == [
        "15:41: warning: `retention.images` keeps more than `retention.deployments`: images of "
          + "deployments that are forgotten before stay in the registry for ever"
      ])
  }
}
