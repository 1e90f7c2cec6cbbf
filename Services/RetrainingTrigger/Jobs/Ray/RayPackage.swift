import Contracts
import Crypto
import FoundationEssentials

/// What a job takes along: one archive, named after its content.
struct RayPackage: Sendable {
    private static let maximumFiles = 1_000
    /// The folder of the operator's own files.
    private static let filesFolder = "files"

    let bytes: [UInt8]
    /// As the job's runtime environment names it is `gcs://` and this.
    let name: String

    /// Reads all files. Blocks.
    init(_ job: TrainingJob, _ configuration: RayConfiguration) throws(JobFault) {
        var archive = ZipArchive()
        func add(_ name: String, _ content: [UInt8]) throws(JobFault) {
            guard archive.count + content.count < configuration.packageBytes else {
                throw JobFault(
                    .refused,
                    "snapshot, base model and files are more than RAY_PACKAGE_MEGABYTES,"
                        + " \(configuration.packageBytes >> 20) MiB")
            }
            archive.add(name, content)
        }
        let order = RayDriver.Order(
            id: job.id.description, command: configuration.command + job.words(in: nil, output: TrainingJob.outputName),
            output: TrainingJob.outputName,
            maximumBytes: configuration.candidateBytes)
        do {
            try add(RayDriver.orderName, try ContractJSON.encode(order, isSorted: true))
        } catch let fault as JobFault {
            throw fault
        } catch {
            throw JobFault(.refused, "the order can't be written: \(error)")
        }
        try add(RayDriver.name, Array(RayDriver.text.utf8))
        for file in try job.files + Self.files(in: configuration.files) {
            guard let content = FileManager.default.contents(atPath: file.path) else {
                throw JobFault(.refused, "\(file.path) can't be read")
            }
            try add(file.name, Array(content))
        }
        bytes = archive.finished()
        let hash = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        name = "_ray_pkg_\(hash.prefix(32)).zip"
    }

    /// The operator's own, folders inside it too.
    private static func files(in folder: String?) throws(JobFault) -> [TrainingJob.File] {
        guard let folder else { return [] }
        do {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
            guard names.count <= maximumFiles else {
                throw JobFault(.refused, "RAY_FILES has more than \(maximumFiles) files")
            }
            return names.filter { name in
                let type = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.type]  // nil: gone
                return type as? FileAttributeType == .typeRegular
            }.map { TrainingJob.File(name: filesFolder + "/" + $0, path: folder + "/" + $0) }
        } catch let fault as JobFault {
            throw fault
        } catch {
            throw JobFault(.refused, "RAY_FILES can't be read: \(error)")
        }
    }
}
