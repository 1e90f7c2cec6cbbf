/// The bucket, 0 to 9999, that a user has in an experiment, for ever and on every machine.
///
/// By hash: MurmurHash3_x86_32, seed 0, over the UTF-8 bytes of experiment, tenant and user with a zero byte between each;
/// times 10,000, divided by 2^32. Ids are taken as they come, without Unicode normalisation.
///
/// Balanced: ``BalancedOrder`` gives the first two digits from the user's ordinal, the hash modulo 100 the last two.
///
/// Changing either algorithm moves users: that is a new experiment name, or a new case of ``Split/Assignment``.
package enum StickyBucket {
    package static let count = Split.whole

    /// The bucket by hash alone.
    package static func byHash(experiment: String, tenant: String, user: String) -> Int {
        Int((UInt64(hash(experiment, tenant, user)) * UInt64(count)) >> 32)
    }

    /// The bucket of the `ordinal`-th user of the experiment, counted from 0 by first appearance.
    package static func balanced(experiment: String, tenant: String, user: String, ordinal: Int) -> Int {
        let percent = BalancedOrder(experiment: experiment).percent(of: ordinal)
        return percent * 100 + Int(hash(experiment, tenant, user) % 100)
    }

    private static func hash(_ parts: String...) -> UInt32 {
        var bytes: [UInt8] = []
        for part in parts {
            if !bytes.isEmpty { bytes.append(0) }
            bytes.append(contentsOf: part.utf8)
        }
        return Murmur3.hash(bytes, seed: 0)
    }
}
