/// The two versions that a canary compares.
package enum CanaryArm: String, Codable, Hashable, Sendable, CaseIterable {
    /// What serves everybody else.
    case champion
    /// What is on trial.
    case challenger
}

/// One value for each arm.
package struct PerArm<Value> {
    package var champion: Value
    package var challenger: Value

    package init(champion: Value, challenger: Value) {
        self.champion = champion
        self.challenger = challenger
    }

    /// The same value for both.
    package init(_ value: Value) { self.init(champion: value, challenger: value) }

    package subscript(arm: CanaryArm) -> Value {
        get { arm == .champion ? champion : challenger }
        set {
            switch arm {
            case .champion: champion = newValue
            case .challenger: challenger = newValue
            }
        }
    }
}

extension PerArm: Sendable where Value: Sendable {}
extension PerArm: Equatable where Value: Equatable {}
extension PerArm: Hashable where Value: Hashable {}
extension PerArm: Encodable where Value: Encodable {}
extension PerArm: Decodable where Value: Decodable {}
