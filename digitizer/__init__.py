"""Photo in, reading and proposed changes out. Pure after capture: no Flask, no SQL, no globals."""
