// Command yamljson answers {"text", "strict"} with the JSON that sigs.k8s.io/yaml makes of the (first) document.
package main

import (
	"sigs.k8s.io/yaml"

	"slipway/interop/lines"
)

type request struct {
	Text   string `json:"text"`
	Strict bool   `json:"strict"`
}

func main() {
	lines.Serve(func(r request) ([]byte, error) {
		if r.Strict {
			return yaml.YAMLToJSONStrict([]byte(r.Text))
		}
		return yaml.YAMLToJSON([]byte(r.Text))
	})
}
