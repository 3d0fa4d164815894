package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// sources stands for the cluster in which postBuild.substituteFrom looks: data by "ConfigMap/name" or "Secret/name".
type sources map[string]map[string]string

// clusterReader is the part of a client that reading variables needs.
type clusterReader struct {
	client.Client
	sources sources
}

// Get finds the object by kind and name; namespaces do not matter, since one Kustomization is built at a time.
func (c clusterReader) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	switch found := object.(type) {
	case *corev1.ConfigMap:
		data, ok := c.sources["ConfigMap/"+key.Name]
		if !ok {
			return apierrors.NewNotFound(schema.GroupResource{Resource: "configmaps"}, key.Name)
		}
		found.Data = data
	case *corev1.Secret:
		data, ok := c.sources["Secret/"+key.Name]
		if !ok {
			return apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
		}
		found.Data = map[string][]byte{}
		for name, value := range data {
			found.Data[name] = []byte(value)
		}
	default:
		return fmt.Errorf("unexpected kind %T", object)
	}
	return nil
}
