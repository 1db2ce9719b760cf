"""The card issuer's side of 3D Secure, simulated: the page on which a cardholder is asked, in test mode."""
