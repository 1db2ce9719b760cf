"""What time drives: advices to deliver, attempts to settle, holds to let lapse, answers to forget."""
