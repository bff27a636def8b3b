import Testing

@testable import slipway

@Suite struct DisplayWidthTests {
  @Test(
    "Columns, not characters and not bytes",
    arguments: [
      ("abc", 3), ("", 0), ("ünï", 3), ("u\u{308}", 1), ("日本語", 6), ("한국", 4), ("ｆｕｌｌ", 8),
      ("🚀", 2), ("👩‍💻", 2), ("❤️", 2), ("✓ live", 6), ("◔◑◕●○■–…", 8), ("ﬁ", 1), ("e\u{301}x", 2),
    ])
  func width(_ text: String, _ columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }
}
