"""What `dicom serve` runs: the archive behind the services of the network."""
