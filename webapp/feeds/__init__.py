"""The schedule in the formats that other programs read: frab, iCalendar, Atom, CSV, cards."""
