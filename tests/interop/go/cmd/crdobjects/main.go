// Command crdobjects answers {"schema", "object"} with all that the API server has against a new object of a custom kind:
// [{"field", "type", "detail"}], as JSON. "schema" is an openAPIV3Schema. Defaults are filled in first, then unknown fields are
// looked for, the schema, list types and rules are checked, as when fields are validated strictly.
package main

import (
	"context"
	"encoding/json"
	"errors"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"slipway/interop/custom"
	"slipway/interop/lines"
)

type request struct {
	Schema json.RawMessage `json:"schema"`
	Object json.RawMessage `json:"object"`
}

type compiled struct {
	kind   *custom.Kind
	schema validation.SchemaValidator
	err    error
}

func compile(text []byte) (c compiled) {
	if c.kind, c.err = custom.Of(text); c.err != nil {
		return c
	}
	if errs := schema.ValidateStructural(nil, c.kind.Structural); len(errs) > 0 {
		c.err = errs.ToAggregate()
		return c
	}
	c.schema, _, c.err = validation.NewSchemaValidator(c.kind.Schema)
	return c
}

func (c compiled) refusals(text []byte) ([]custom.Refusal, error) {
	decoded, err := c.kind.Decode(text)
	if err != nil {
		return nil, err
	}
	object, ok := decoded.(map[string]any)
	if !ok {
		return nil, errors.New("no object")
	}
	found := []custom.Refusal{}
	pruned, _ := c.kind.Decode(text)
	unknown := pruning.PruneWithOptions(pruned, c.kind.Structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		found = append(found, custom.Refusal{Field: path, Type: "FieldValueUnknown", Detail: "unknown field"})
	}
	errs := validation.ValidateCustomResource(nil, object, c.schema)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, c.kind.Structural, object)...)
	rules, _ := c.kind.Rules.Validate(context.TODO(), nil, c.kind.Structural, object, nil, celconfig.RuntimeCELCostBudget)
	for _, e := range append(errs, rules...) {
		found = append(found, custom.Refusal{Field: e.Field, Type: string(e.Type), Detail: e.Detail})
	}
	return found, nil
}

func main() {
	known := map[string]compiled{}
	lines.Serve(func(r request) ([]byte, error) {
		c, ok := known[string(r.Schema)]
		if !ok {
			c = compile(r.Schema)
			known[string(r.Schema)] = c
		}
		if c.err != nil {
			return nil, c.err
		}
		found, err := c.refusals(r.Object)
		if err != nil {
			return nil, err
		}
		return json.Marshal(found)
	})
}
