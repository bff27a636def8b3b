import Glibc

/// Why a file could not be read, in words that continue "… cannot be read: ".
struct FileFault: Error {
  var reason: String
}

/// Reads a whole file of at most `limit` bytes. `regularOnly` refuses what could block or never
/// end: pipes, devices, directories.
func readFile(
  _ path: String, limit: Int, regularOnly: Bool = true
) throws(FileFault) -> [UInt8] {
  guard !path.utf8.contains(0) else { throw FileFault(reason: "the path holds a NUL character") }
  // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | (regularOnly ? O_NONBLOCK : 0))
  guard descriptor >= 0 else { throw FileFault(reason: lastErrorText()) }
  defer { _ = close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw FileFault(reason: lastErrorText()) }
  if status.st_mode & S_IFMT == S_IFDIR { throw FileFault(reason: "it is a directory") }
  if regularOnly, status.st_mode & S_IFMT != S_IFREG {
    throw FileFault(reason: "it is not a regular file")
  }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw FileFault(reason: lastErrorText()) }
    if count == 0 { return bytes }
    bytes.append(contentsOf: chunk[..<count])
    guard bytes.count <= limit else {
      throw FileFault(reason: "it is larger than \(limit / 1024) KiB")
    }
  }
}

/// Whether its mode lets every user read it. False also if it cannot be looked at: reading it says
/// why.
func isReadableByAll(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
}

/// "no such file or directory" and the like; by default for the errno of the call just made.
func lastErrorText(_ code: Int32 = errno) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
  let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  return text.prefix(1).lowercased() + text.dropFirst()
}

/// `path` as it stands if it is absolute, else below `directory`.
func resolve(_ path: String, against directory: String) -> String {
  if path.hasPrefix("/") { return path }
  return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
}
