/// `retention:` A delivery goes once it is too old or there are too many, a deployment once both its
/// age and its count allow it, a notification that is over as a delivery does.
struct RetentionSettings: Hashable, Sendable {
  var deploymentAge = Duration.seconds(365 * 86_400)
  /// Kept of every service, whatever their age.
  var deploymentsKept = 1000
  var deliveryAge = Duration.seconds(30 * 86_400)
  var deliveryCount = 1_000_000
  var notificationAge = Duration.seconds(30 * 86_400)
  var notificationCount = 100_000
  var logAge = Duration.seconds(90 * 86_400)
  /// Nil: registries keep what was published.
  var images: Images?

  struct Images: Hashable, Sendable {
    var age = Duration.seconds(180 * 86_400)
    /// Deployments of every service that landed last, whatever their age.
    var kept = 100
  }
}

extension RetentionSettings {
  init(_ section: Section) {
    let counts = Form<Int>.integer(1...1_000_000_000)
    section.within("deployments") { deployments in
      deploymentAge = deployments.value("age", .duration(), default: deploymentAge)
      deploymentsKept = deployments.value("keep", counts, default: deploymentsKept)
    }
    section.within("deliveries") { deliveries in
      deliveryAge = deliveries.value("age", .duration(), default: deliveryAge)
      deliveryCount = deliveries.value("count", counts, default: deliveryCount)
    }
    section.within("notifications") { notifications in
      notificationAge = notifications.value("age", .duration(), default: notificationAge)
      notificationCount = notifications.value("count", counts, default: notificationCount)
    }
    section.within("images") { section in
      var images = Images()
      images.age = section.value("age", .duration(), default: images.age)
      // What is deployed, and what it would be rolled back to.
      images.kept = section.value("keep", .integer(2...1_000_000_000), default: images.kept)
      self.images = images
      guard images.age > deploymentAge || images.kept > deploymentsKept else { return }
      section.reader.warning(
        at: section.position,
        "`\(section.path)` keeps more than `retention.deployments`: images of deployments that are forgotten "
          + "before stay in the registry for ever")
    }
    section.within("logs") { logs in
      logAge = logs.value("age", .duration(), default: logAge)
    }
  }
}
