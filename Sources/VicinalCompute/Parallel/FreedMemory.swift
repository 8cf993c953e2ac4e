import CVicinalKernels

/// Makes the allocator give large blocks back to the system when they are freed.
///
/// glibc raises the size from which it does so with every large block that is freed, up to 32 MiB;
/// from then on smaller blocks leave holes in the heap, and a process that keeps a memory bound is
/// tens of megabytes larger than what it uses. It holds for the whole process, so it is for
/// commands, not for libraries. Without effect where the C library is another one.
public func giveFreedMemoryBack() { vcl_give_freed_memory_back() }

/// Gives what was freed until now back to the system.
///
/// Many small blocks that threads allocated lie in heaps of their own; what is free there is not
/// used by others, so that steps which follow each other would need the sum of their memory. Takes
/// milliseconds. Without effect where the C library is another one than glibc.
package func trimHeap() { vcl_trim_heap() }
