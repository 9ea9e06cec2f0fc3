"""Sites: masts and their cells - one list or two, shared or listed twice, grouped from a crowd's measurements."""
