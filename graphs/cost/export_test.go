package cost

// Counts reports whether an operator is in the table.
func Counts(op string) bool { return table[op] != nil }
