package main

import (
	"io/fs"
	"path/filepath"
	"slices"
)

// files lists what lies below a directory, by relative path.
func files(root string) []string {
	names := []string{}
	if resolved, err := filepath.EvalSymlinks(root); err == nil {
		root = resolved
	}
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil //nolint:nilerr // what vanishes meanwhile is not there
		}
		if name, err := filepath.Rel(root, path); err == nil {
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names
}
