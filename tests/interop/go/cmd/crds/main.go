// Command crds answers a CustomResourceDefinition with why the API server would not take it: a list of texts, as JSON. The costs of
// its rules are among it.
package main

import (
	"context"
	"encoding/json"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"

	"slipway/interop/lines"
)

func main() {
	lines.Serve(func(crd v1.CustomResourceDefinition) ([]byte, error) {
		v1.SetDefaults_CustomResourceDefinition(&crd)
		var internal apiextensions.CustomResourceDefinition
		if err := v1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&crd, &internal, nil); err != nil {
			return nil, err
		}
		found := []string{}
		for _, e := range validation.ValidateCustomResourceDefinition(context.TODO(), &internal) {
			found = append(found, e.Error())
		}
		return json.Marshal(found)
	})
}
