"""One module for each server that is measured, all behind the contract of `peer`."""
