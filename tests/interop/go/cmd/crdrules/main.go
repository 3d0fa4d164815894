// Command crdrules answers {"schema", "object", "old"} with what the rules (x-kubernetes-validations) of the schema, an
// openAPIV3Schema, refuse about the object: [{"field", "type", "detail"}], as JSON. Defaults are filled in first, as the
// API server does, and the object as it was is null if there was none.
package main

import (
	"context"
	"encoding/json"

	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"slipway/interop/custom"
	"slipway/interop/lines"
)

type request struct {
	Schema json.RawMessage `json:"schema"`
	Object json.RawMessage `json:"object"`
	Old    json.RawMessage `json:"old"`
}

type compiled struct {
	kind *custom.Kind
	err  error
}

func main() {
	known := map[string]compiled{}
	lines.Serve(func(r request) ([]byte, error) {
		c, ok := known[string(r.Schema)]
		if !ok {
			c.kind, c.err = custom.Of(r.Schema)
			known[string(r.Schema)] = c
		}
		if c.err != nil {
			return nil, c.err
		}
		object, err := c.kind.Decode(r.Object)
		if err != nil {
			return nil, err
		}
		old, err := c.kind.Decode(r.Old)
		if err != nil {
			return nil, err
		}
		found := []custom.Refusal{}
		errs, _ := c.kind.Rules.Validate(context.TODO(), nil, c.kind.Structural, object, old, celconfig.RuntimeCELCostBudget)
		for _, e := range errs {
			found = append(found, custom.Refusal{Field: e.Field, Type: string(e.Type), Detail: e.Detail})
		}
		return json.Marshal(found)
	})
}
