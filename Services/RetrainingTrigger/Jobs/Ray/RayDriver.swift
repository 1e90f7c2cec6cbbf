import Contracts

/// The program that Ray starts: it runs the command with the order and writes the candidate to the job's log, which is
/// the one way back that every cluster has.
enum RayDriver {
    static let name = "triageloop_driver.py"
    static let orderName = "order.json"

    /// What the driver is told.
    struct Order: Encodable {
        let id: String
        let command: [String]
        let output: String
        let maximumBytes: Int

        enum CodingKeys: String, CodingKey {
            case id, command, output
            case maximumBytes = "maximum_bytes"
        }
    }

    static func begin(_ id: Identifier) -> String { "TRIAGELOOP CANDIDATE \(id) " }
    static func end(_ id: Identifier) -> String { "TRIAGELOOP END \(id)" }

    /// Python 3.8 and later, with nothing but its standard library.
    static let text = #"""
        import base64, hashlib, json, os, subprocess, sys

        MAXIMUM_OUTPUT = 1 << 20  # bytes of what the program writes that are kept

        with open("order.json", encoding="utf-8") as file:
            order = json.load(file)
        program = subprocess.Popen(
            order["command"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        written = 0
        for line in program.stdout:
            if written < MAXIMUM_OUTPUT:
                line = line[: MAXIMUM_OUTPUT - written]
                sys.stdout.buffer.write(line)
                sys.stdout.flush()
                written += len(line)
        code = program.wait()
        if code:
            print(f"\nended with code {code}", flush=True)
            sys.exit(code if code > 0 else 128 - code)
        try:
            size = os.path.getsize(order["output"])
            if size > order["maximum_bytes"]:
                sys.exit(f"\nthe candidate has {size} bytes, more than {order['maximum_bytes']}")
            with open(order["output"], "rb") as file:
                candidate = file.read()
        except OSError as error:
            sys.exit(f"\nthe program wrote no candidate: {error}")
        print(f"\nTRIAGELOOP CANDIDATE {order['id']} {len(candidate)} {hashlib.sha256(candidate).hexdigest()}")
        for start in range(0, len(candidate), 49152):
            print(base64.b64encode(candidate[start : start + 49152]).decode())
        print(f"TRIAGELOOP END {order['id']}", flush=True)

        """#
}
