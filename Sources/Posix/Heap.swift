import CPosix

/// glibc's allocator, in a process that is to run for months.
package enum Heap {
  /// Lets threads share `count` arenas, where glibc makes up to eight for each core. Every arena keeps
  /// the pages between blocks that live long. To be called before there are threads; a failure leaves
  /// glibc's own limit, and costs memory alone.
  @discardableResult
  package static func shareArenas(_ count: Int) -> Bool {
    slipway_share_arenas(Int32(clamping: count)) == 0
  }

  /// Gives back to the kernel whatever pages hold nothing, those in the midst of an arena too. Threads
  /// that allocate meanwhile wait, for milliseconds.
  package static func giveBack() { slipway_give_memory_back() }
}
