"""Stage 2: turn raw facts into typed changes; pure, no I/O."""
