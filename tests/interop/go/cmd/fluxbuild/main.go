// Command fluxbuild answers {"root", "path", "kustomization", "sources", "strict", "inPlace"} with the multi-document
// YAML that kustomize-controller would apply for the Flux Kustomization: the order of its build steps, run by its own
// packages. It builds in a copy of the root, or in place and leaves the root as it was. Left out is what needs a cluster or keys: SOPS decryption, and everything that happens at apply (commonMetadata).
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"slipway/interop/lines"
)

type request struct {
	Root          string                    `json:"root"`
	Path          string                    `json:"path"`
	Kustomization kustomizev1.Kustomization `json:"kustomization"`
	Sources       sources                   `json:"sources"`
	Strict        bool                      `json:"strict"`
	InPlace       bool                      `json:"inPlace"`
}

func main() {
	lines.Serve(build)
}

func build(r request) (manifests []byte, err error) {
	scratch := r.Root
	if !r.InPlace {
		if scratch, err = os.MkdirTemp("", "fluxbuild-"); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
		if err := copyFiles(scratch, r.Root); err != nil {
			return nil, err
		}
	}
	dir := filepath.Join(scratch, filepath.Join("/", r.Path))
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("kustomization path not found: %s", r.Path)
	}

	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&r.Kustomization)
	if err != nil {
		return nil, err
	}
	kustomization := unstructured.Unstructured{Object: object}
	action, err := kustomize.NewGenerator(scratch, kustomization).WriteFile(dir, kustomize.WithSaveOriginalKustomization())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, kustomize.CleanDirectory(dir, action)) }()
	// No remote bases: the machine that compares has no network to rely on.
	resources, err := kustomize.SecureBuild(scratch, dir, false)
	if err != nil {
		return nil, fmt.Errorf("kustomize build failed: %w", err)
	}
	for _, resource := range resources.Resources() {
		if resource.GetName() == "" || resource.GetKind() == "" || resource.GetApiVersion() == "" {
			return nil, fmt.Errorf("no apiVersion, kind and name in: %v", resource.String())
		}
		if r.Kustomization.Spec.PostBuild == nil {
			continue
		}
		always := r.Kustomization.GetSubstituteStrategy() == kustomizev1.SubstituteStrategyAlways
		substituted, err := kustomize.SubstituteVariables(context.Background(), clusterReader{sources: r.Sources}, kustomization, resource,
			kustomize.SubstituteWithStrict(r.Strict), kustomize.SubstituteWithAlways(always))
		if err != nil {
			return nil, fmt.Errorf("post build failed for '%s/%s': %w", resource.GetGvk(), resource.GetName(), err)
		}
		if substituted == nil {
			continue
		}
		if _, err := resources.Replace(resource); err != nil {
			return nil, err
		}
	}
	return resources.AsYaml()
}

// copyFiles copies what a source's artifact would hold: regular files, no links and no .git.
func copyFiles(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		switch {
		case entry.IsDir() && entry.Name() == ".git":
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}
