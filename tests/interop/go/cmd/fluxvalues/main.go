// Command fluxvalues answers {"values", "references", "sources"} with the values that helm-controller would give to Helm
// for a HelmRelease: its own package puts them together. Integers that templates see as int64 come as {"int64": n}.
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/chartutil"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"slipway/interop/lines"
)

type request struct {
	Values     map[string]any               `json:"values"`
	References []meta.ValuesReference       `json:"references"`
	Sources    map[string]map[string]string `json:"sources"`
}

func main() {
	lines.Serve(func(r request) ([]byte, error) {
		reader := clusterReader{sources: r.Sources}
		values, err := chartutil.ChartValuesFromReferences(context.Background(), logr.Discard(), reader, "apps", r.Values, r.References...)
		if err != nil {
			return nil, err
		}
		return json.Marshal(typed(values.AsMap()))
	})
}

// clusterReader is the part of a client that reading values needs: data by "ConfigMap/name" or "Secret/name".
type clusterReader struct {
	client.Client
	sources map[string]map[string]string
}

func (c clusterReader) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	kind := "ConfigMap"
	if _, ok := object.(*corev1.Secret); ok {
		kind = "Secret"
	}
	data, ok := c.sources[kind+"/"+key.Name]
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Resource: kind}, key.Name)
	}
	switch found := object.(type) {
	case *corev1.ConfigMap:
		found.Data = data
	case *corev1.Secret:
		found.Data = map[string][]byte{}
		for name, value := range data {
			found.Data[name] = []byte(value)
		}
	default:
		return fmt.Errorf("unexpected kind %T", object)
	}
	return nil
}

func typed(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[name] = typed(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = typed(item)
		}
		return out
	case int64:
		return map[string]any{"int64": v}
	default:
		return v
	}
}
