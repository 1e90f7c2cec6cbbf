/// Which tasks are kept from training.
package enum HeldOutSplit {
    /// Depends on the words alone, so that copies of a task fall on the same side, today and in every later training:
    /// no version has ever seen what the next one is judged by.
    package static func isHeldOut(title: String, body: String) -> Bool {
        hash(normalised(title) + "\n" + normalised(body)) % DatasetAssembly.heldOutShare == 0
    }

    /// Letters and digits in lower case, one space between words.
    static func normalised(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }

    /// FNV-1a with a last mix (MurmurHash3's), so that the remainder depends on every byte.
    static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }
}
