"""HTTP as every system needs it: within limits, verified, patient where it may be, and silent about secrets."""
