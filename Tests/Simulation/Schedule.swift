import DeployModel
import Pipeline

/// The steps of a seed, and the town that they happen to.
package struct Schedule: Sendable {
  package let seed: UInt64
  package let steps: [PlannedStep]
  let serviceCount = 3
  let concurrency: Int
  let supersede: PipelineConfiguration.Supersede
  /// Services whose rollouts are watched.
  let observed: Set<String>
  /// When a rollout fails.
  let rollsBackByItself: Bool
  let manifestsElsewhere: Bool

  package init(seed: UInt64, count: Int) {
    self.seed = seed
    var dice = Dice(seed: seed)
    concurrency = [1, 2, 3, 3][dice.below(4)]
    supersede = dice.chance(25) ? .running : .queued
    observed = [[], [], ["site"], Set(Town.services)][dice.below(4)]
    rollsBackByItself = dice.chance(60)
    manifestsElsewhere = dice.chance(20)
    // A seed with few disturbances goes deeper into what the rest does with each other.
    let disturbances = [4, 12, 20][dice.below(3)]
    // Most seeds begin with something to go back to.
    var steps = dice.chance(70) ? Self.history(observed) : []
    while steps.count < count {
      if dice.chance(3) { steps += Self.missedSkip(&dice) }
      let step =
        dice.chance(disturbances) ? Self.disturbance(&dice) : Self.everyday(&dice)
      steps.append(PlannedStep(step: step, settles: dice.chance(70)))
    }
    self.steps = Array(steps.prefix(count))
  }

  /// A push that says `[skip ci]` and that nobody tells of, and one of the same service after it, which
  /// are then evaluated together.
  private static func missedSkip(_ dice: inout Dice) -> [PlannedStep] {
    let service = dice.below(3)
    let isTold = dice.chance(50)
    var steps: [Step] = [
      .push(services: [service], skip: true, .never),
      .push(services: [service], skip: false, isTold ? .now : .never),
    ]
    if !isTold { steps.append(.catchUp) }
    if dice.chance(50) { steps.append(.finish(pick: dice.below(1000), fails: false)) }
    return steps.map { PlannedStep(step: $0, settles: true) }
  }

  private static func history(_ observed: Set<String>) -> [PlannedStep] {
    let push = Step.push(services: [0, 1, 2], skip: false, .now)
    let finish = Step.finish(pick: 0, fails: false)
    let live = Town.services.indices.filter { observed.contains(Town.services[$0]) }
      .map { Step.argo(service: $0, .well) }
    let round = ([push, finish, finish, finish] + live)
      .map { PlannedStep(step: $0, settles: true) }
    return round + round
  }

  private static func everyday(_ dice: inout Dice) -> Step {
    let service = dice.below(3)
    switch dice.below(100) {
    case 0..<17:
      var services = [service]
      if dice.chance(40) { services.append((service + 1) % 3) }
      if dice.chance(15) { services = [0, 1, 2] }
      return .push(services: services.sorted(), skip: dice.chance(12), arrival(&dice))
    case 17..<20: return .migrate(arrival(&dice))
    case 20..<25: return .restore(service: service, arrival(&dice))
    case 25..<27: return .docs(arrival(&dice))
    case 27..<31: return .deliverLate(pick: dice.below(1000))
    case 31..<35: return .redeliver(pick: dice.below(1000), sameGUID: dice.chance(50))
    case 35..<38: return .catchUp
    case 38..<57: return .finish(pick: dice.below(1000), fails: dice.chance(10))
    case 57..<60: return .cancel(pick: dice.below(1000))
    case 60..<63: return .retry(pick: dice.below(1000))
    case 63..<72:
      return .rollBack(
        service: service, to: dice.chance(35) ? dice.below(1000) : nil, length(&dice, none: true),
        acceptsMigrations: dice.chance(50))
    case 72..<76: return .hold(service: service, length(&dice, none: false))
    case 76..<82: return .release(service: service)
    case 82..<84: return .waitAnHour
    case 84..<90:
      return .deploy(
        service: service, pick: dice.chance(50) ? dice.below(1000) : nil,
        rebuild: dice.chance(40), overrideHold: dice.chance(40))
    case 90..<99: return .argo(service: service, condition(&dice))
    default: return .look
    }
  }

  private static func disturbance(_ dice: inout Dice) -> Step {
    let service = dice.below(3)
    switch dice.below(100) {
    case 0..<12:
      return .rewind(
        pick: dice.below(1000), then: dice.chance(50) ? service : nil, arrival(&dice))
    case 12..<20: return .editTag(service: service, pick: dice.below(1000), arrival(&dice))
    case 20..<22: return .comment(service: service, arrival(&dice))
    case 22..<26: return .overtake(service: service)
    case 26..<36: return .revertOurs(pick: dice.below(1000), arrival(&dice))
    case 36..<41: return .poison(service: service)
    case 41..<48: return .mend(service: service)
    case 48..<52: return .registry(isDown: true)
    case 52..<58: return .registry(isDown: false)
    case 58..<62: return .refuse(service: service)
    case 62..<68: return .accept
    case 68..<72: return .lock
    case 72..<76: return .unlock
    case 76..<78: return .loseAnswer
    case 78..<80: return .outrun(service: service)
    case 80..<82: return .race
    case 82..<83: return .restart
    case 83..<85: return .overtake(service: service)
    case 85..<87: return .argoIsSilent(dice.chance(50))
    case 87..<90:
      // Nobody outside waits for these.
      return .stall([.landing, .landing, .intents, .conclusion, .claim][dice.below(5)])
    case 90..<93:
      let moments = MortalStore.Moment.allCases
      return .refuseWrite(moments[dice.below(moments.count)])
    default:
      let common: [MortalStore.Moment] = [.delivery, .delivery, .intents, .landing, .landing]
      let moments = common + MortalStore.Moment.allCases
      return .crash(moments[dice.below(moments.count)], isAfter: dice.chance(50))
    }
  }

  private static func arrival(_ dice: inout Dice) -> Step.Arrival {
    dice.chance(70) ? .now : dice.chance(70) ? .late : .never
  }

  private static func length(_ dice: inout Dice, none: Bool) -> Step.HoldLength {
    if none { return dice.chance(30) ? .none : dice.chance(50) ? .released : .nextPush }
    return dice.chance(35) ? .hour : dice.chance(50) ? .released : .nextPush
  }

  private static func condition(_ dice: inout Dice) -> ArgoCDDouble.Condition {
    dice.chance(50) ? .well : ArgoCDDouble.Condition.allCases[dice.below(5)]
  }
}
