import Foundation

/// A disk that is full, in words for a person: errors of the file system name a domain and a number.
enum FullDisk {
    /// - Returns: nil for any other error.
    static func fault(_ error: any Error, in folder: String) -> TrainingFault? {
        // Where Foundation makes an NSError of it, only the text says which one it is.
        let isFull =
            (error as? CocoaError)?.code == .fileWriteOutOfSpace
            || "\(error)".contains("NSCocoaErrorDomain Code=640 ")
        guard isFull else { return nil }
        return TrainingFault(
            reason: "no space left in \(folder): make room, or set TRAINING_WORK_FOLDER to a folder on a larger disk")
    }
}
