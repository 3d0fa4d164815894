// Command semver answers {"range", "versions"} with those of the versions that are in the range, as JSON; in order, the
// lowest first.
package main

import (
	"encoding/json"
	"sort"

	"github.com/Masterminds/semver/v3"

	"slipway/interop/lines"
)

type request struct {
	Range    string   `json:"range"`
	Versions []string `json:"versions"`
}

func main() {
	lines.Serve(func(r request) ([]byte, error) {
		wanted, err := semver.NewConstraint(r.Range)
		if err != nil {
			return nil, err
		}
		found := semver.Collection{}
		for _, text := range r.Versions {
			if version, err := semver.NewVersion(text); err == nil && wanted.Check(version) {
				found = append(found, version)
			}
		}
		sort.Stable(found)
		names := []string{}
		for _, version := range found {
			names = append(names, version.Original())
		}
		return json.Marshal(names)
	})
}
