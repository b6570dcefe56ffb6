package commands

// setAlgebraRows are the rows of what combines sets.
func setAlgebraRows() []Row {
	return []Row{}
}
