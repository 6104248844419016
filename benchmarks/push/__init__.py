"""What taking pushes costs, by format, beside a plain handler that keeps nothing."""
