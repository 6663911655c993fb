"""What plays the hardware below the real services: no package of Debian's is changed."""
