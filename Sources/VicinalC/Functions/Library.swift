public import CVicinal
import Foundation
import Synchronization
import Vicinal

// The functions of vicinal_base.h.

/// Texts that are handed out for good.
private nonisolated(unsafe) let versionText = unsafe strdup(vicinalVersion)
private nonisolated(unsafe) let levelText = unsafe strdup(
  (try? KernelSet().level.rawValue) ?? "none")

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_abi_version() -> UInt32 { UInt32(VICINAL_ABI_VERSION) }

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_version() -> UnsafePointer<CChar>? {
  unsafe UnsafePointer(versionText)
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_instruction_set() -> UnsafePointer<CChar>? {
  unsafe UnsafePointer(levelText)
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_set_threads(_ threads: Int32) -> vicinal_status {
  call { () throws(IndexError) in
    guard threads >= 0, Int(threads) <= Execution.largestWorkerCount else {
      throw IndexError(
        .invalidArgument,
        "threads must be 0…\(Execution.largestWorkerCount), got \(threads)")
    }
    threadsSetting.store(Int(threads), ordering: .relaxed)
  }
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_get_threads() -> Int32 {
  let set = threadsSetting.load(ordering: .relaxed)
  return Int32(clamping: set > 0 ? set : ProcessInfo.processInfo.activeProcessorCount)
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_release(_ handle: vicinal_handle) -> vicinal_status {
  call { () throws(IndexError) in
    if handle != 0 { try HandleRegistry.remove(handle) }
  }
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_live_handles() -> Int64 { Int64(HandleRegistry.count) }

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_cancellation_create(
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in Cancellation() }
  }
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_cancellation_cancel(
  _ cancellation: vicinal_handle
) -> vicinal_status {
  call { () throws(IndexError) in
    try HandleRegistry.object(cancellation, as: Cancellation.self, "a cancellation").cancel()
  }
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_cancellation_enter(
  _ cancellation: vicinal_handle
) -> vicinal_status {
  call { () throws(IndexError) in
    if cancellation != 0 {
      _ = try HandleRegistry.object(cancellation, as: Cancellation.self, "a cancellation")
    }
    vcl_set_thread_cancellation(cancellation)
  }
}

/// Documented in vicinal_base.h.
@c @implementation public func vicinal_bytes_view(
  _ bytes: vicinal_handle, _ data: UnsafeMutablePointer<UnsafeRawPointer?>?,
  _ size: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let box = try HandleRegistry.object(bytes, as: BytesBox.self, "bytes or text")
    unsafe try required(data, "data").pointee = unsafe UnsafeRawPointer(box.start)
    if let size = unsafe size { unsafe size.pointee = Int64(box.count) }
  }
}
