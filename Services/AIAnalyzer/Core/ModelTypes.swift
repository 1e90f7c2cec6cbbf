package import TriageModel

// Names that Contracts has too: the model's own, under names of their own. (The module and its main type are both
// called TriageModel, so that a qualified name would mean the type.)
package typealias ModelZone = Zone
package typealias ModelReason = Reason
package typealias ModelNeighbour = SimilarTask
package typealias ModelLabel = LabelPrediction
package typealias ModelEffort = EffortPrediction
