// Command sourceignore answers {"files", "ignore"} with the JSON list of the files that source-controller leaves out of
// an artifact: "files" are the repository's by path, of which .sourceignore ones count with their text; "ignore" is the
// source's spec.ignore.
package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"

	"slipway/interop/lines"
)

type request struct {
	Files  map[string]string `json:"files"`
	Ignore string            `json:"ignore"`
}

func main() {
	lines.Serve(leftOut)
}

func leftOut(r request) (answer []byte, err error) {
	root, err := os.MkdirTemp("", "sourceignore-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	for path, text := range r.Files {
		target := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(target, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	domain := strings.Split(root, string(filepath.Separator))
	patterns, err := sourceignore.LoadIgnorePatterns(root, domain)
	if err != nil {
		return nil, err
	}
	patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(r.Ignore), domain)...)
	matcher := sourceignore.NewDefaultMatcher(patterns, domain)
	if len(patterns) > 0 { // as artifact/storage.SourceIgnoreFilter of fluxcd/pkg chooses
		matcher = sourceignore.NewMatcher(append(sourceignore.VCSPatterns(domain), patterns...))
	}
	found := []string{}
	for path := range r.Files {
		full := filepath.Join(root, path)
		if matcher.Match(strings.Split(full, string(filepath.Separator)), false) {
			found = append(found, path)
		}
	}
	return json.Marshal(found)
}
