#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How an artifact file gets into memory.
package enum ArtifactAccess: Sendable {
    /// Read once into pages of our own, then write-protected: what was checked is what serves, whatever becomes of the
    /// file. The way for services.
    case copied
    /// The file's own pages, read when first touched and shared with other processes. Only for a file that nobody
    /// shortens while it is open: that would end the process (SIGBUS). The way for tools.
    case mapped
}

/// The bytes of an artifact, at one place and unchanged for as long as anything reads them.
// @unchecked: nothing writes the bytes after `init`, and only the end of the last reader frees them.
final class ArtifactMemory: @unchecked Sendable {
    let start: UnsafeRawPointer
    let count: Int
    private let isMapping: Bool

    /// Where sections start, so that every number of theirs is aligned and no cache line has two of them.
    static let alignment = 64

    /// A copy of bytes that came from somewhere else.
    convenience init(copying source: some Collection<UInt8>) {
        self.init(count: source.count) { target in target.copyBytes(from: source) }
    }

    /// `count` bytes, zero but for what `fill` writes.
    init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        let target = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: Self.alignment)
        target.initializeMemory(as: UInt8.self, repeating: 0, count: count)
        fill(UnsafeMutableRawBufferPointer(start: target, count: count))
        start = UnsafeRawPointer(target)
        self.count = count
        isMapping = false
    }

    /// The bytes of a regular file of 1 to `limit` bytes.
    init(path: String, access: ArtifactAccess, limit: Int) throws(ArtifactError) {
        // Not blocking: a pipe in the file's place is refused, not waited for.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw Self.unreadable(path) }
        defer { _ = close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.unreadable(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ArtifactError(code: .unreadable, reason: "\(path): not a regular file")
        }
        let count = Int(status.st_size)
        guard count <= limit else {
            throw ArtifactError(code: .tooLarge, reason: "\(path): \(count) bytes, at most \(limit)")
        }
        guard count > 0 else { throw ArtifactError(code: .tooSmall, reason: "\(path): the file is empty") }
        let copies = access == .copied
        let pages = mmap(
            nil, count, copies ? PROT_READ | PROT_WRITE : PROT_READ,
            copies ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE, copies ? -1 : file, 0)
        guard let pages, pages != MAP_FAILED else { throw Self.unreadable(path) }
        start = UnsafeRawPointer(pages)
        self.count = count
        isMapping = true
        guard copies else { return }
        var position = 0
        while position < count {
            let got = read(file, pages + position, count - position)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                throw ArtifactError(code: .unreadable, reason: "\(path): shortened or unreadable while it was read")
            }
            position += got
        }
        guard mprotect(pages, count, PROT_READ) == 0 else { throw Self.unreadable(path) }
    }

    deinit {
        if isMapping {
            munmap(UnsafeMutableRawPointer(mutating: start), count)
        } else {
            start.deallocate()
        }
    }

    private static func unreadable(_ path: String) -> ArtifactError {
        ArtifactError(code: .unreadable, reason: "\(path): \(String(cString: strerror(errno)))")
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

/// Part of an artifact's bytes, together with what keeps them in memory.
// @unchecked: the pointer leads into `memory`, whose bytes never change.
struct ArtifactSlice: @unchecked Sendable {
    private let memory: ArtifactMemory
    let start: UnsafeRawPointer
    let count: Int

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// A range of the memory that the caller has checked.
    init(_ memory: ArtifactMemory, _ range: Range<Int>) {
        self.memory = memory
        start = memory.start + range.lowerBound
        count = range.count
    }

    /// A copy of numbers on the heap, in their machine form.
    init<T: BitwiseCopyable>(copying values: [T]) {
        let memory = values.withUnsafeBytes { source in
            ArtifactMemory(count: source.count) { $0.copyMemory(from: source) }
        }
        self.init(memory, 0..<memory.count)
    }

    /// The bytes as aligned numbers of the machine's order; the caller has checked that the length fits.
    @inline(__always) func numbers<T: BitwiseCopyable>(_ type: T.Type) -> UnsafeBufferPointer<T> {
        bytes.assumingMemoryBound(to: type)
    }
}
