"""What a stranger's policy process is kept in: namespaces, a filter of system calls, and limits."""
