// Command envsubst answers {"text", "variables", "strict"} with what Flux's envsubst makes of the text.
package main

import (
	"github.com/fluxcd/pkg/envsubst"

	"slipway/interop/lines"
)

type request struct {
	Text      string            `json:"text"`
	Variables map[string]string `json:"variables"`
	Strict    bool              `json:"strict"`
}

func main() {
	lines.Serve(func(r request) ([]byte, error) {
		output, err := envsubst.Eval(r.Text, func(name string) (string, bool) {
			value, found := r.Variables[name]
			return value, found || !r.Strict
		})
		return []byte(output), err
	})
}
