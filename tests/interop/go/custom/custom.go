// Package custom has what the API server makes of a custom kind's schema.
package custom

import (
	"encoding/json"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// Kind is a schema, an openAPIV3Schema, with its rules (x-kubernetes-validations).
type Kind struct {
	Schema     *apiextensions.JSONSchemaProps
	Structural *schema.Structural
	Rules      *cel.Validator
}

// Of compiles a schema.
func Of(text []byte) (*Kind, error) {
	var props v1.JSONSchemaProps
	if err := json.Unmarshal(text, &props); err != nil {
		return nil, err
	}
	var internal apiextensions.JSONSchemaProps
	if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&props, &internal, nil); err != nil {
		return nil, err
	}
	structural, err := schema.NewStructural(&internal)
	if err != nil {
		return nil, err
	}
	return &Kind{&internal, structural, cel.NewValidator(structural, true, celconfig.PerCallLimit)}, nil
}

// Decode reads an object and fills in defaults, as the API server does; null is nil.
func (k *Kind) Decode(text []byte) (any, error) {
	var value any
	if err := utiljson.Unmarshal(text, &value); err != nil || value == nil {
		return nil, err
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(value, k.Structural)
	defaulting.Default(value, k.Structural)
	return value, nil
}

// Refusal is what is wrong with a field.
type Refusal struct {
	Field  string `json:"field"`
	Type   string `json:"type"`
	Detail string `json:"detail"`
}
