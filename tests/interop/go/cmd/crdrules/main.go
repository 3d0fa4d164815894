// Command crdrules answers {"schema", "object", "old"} with what the rules (x-kubernetes-validations) of the schema, an
// openAPIV3Schema, refuse about the object: [{"field", "type", "detail"}], as JSON. Defaults are filled in first, as the
// API server does, and the object as it was is null if there was none.
package main

import (
	"context"
	"encoding/json"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"slipway/interop/lines"
)

type request struct {
	Schema json.RawMessage `json:"schema"`
	Object json.RawMessage `json:"object"`
	Old    json.RawMessage `json:"old"`
}

type refusal struct {
	Field  string `json:"field"`
	Type   string `json:"type"`
	Detail string `json:"detail"`
}

type compiled struct {
	structural *schema.Structural
	validator  *cel.Validator
	err        error
}

func compile(text []byte) compiled {
	var props v1.JSONSchemaProps
	if err := json.Unmarshal(text, &props); err != nil {
		return compiled{err: err}
	}
	var internal apiextensions.JSONSchemaProps
	if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&props, &internal, nil); err != nil {
		return compiled{err: err}
	}
	structural, err := schema.NewStructural(&internal)
	if err != nil {
		return compiled{err: err}
	}
	return compiled{structural, cel.NewValidator(structural, true, celconfig.PerCallLimit), nil}
}

func decode(text []byte, structural *schema.Structural) (any, error) {
	var value any
	if err := utiljson.Unmarshal(text, &value); err != nil || value == nil {
		return nil, err
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(value, structural)
	defaulting.Default(value, structural)
	return value, nil
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
		object, err := decode(r.Object, c.structural)
		if err != nil {
			return nil, err
		}
		old, err := decode(r.Old, c.structural)
		if err != nil {
			return nil, err
		}
		found := []refusal{}
		errs, _ := c.validator.Validate(context.TODO(), nil, c.structural, object, old, celconfig.RuntimeCELCostBudget)
		for _, e := range errs {
			found = append(found, refusal{e.Field, string(e.Type), e.Detail})
		}
		return json.Marshal(found)
	})
}
