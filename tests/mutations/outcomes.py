"""Which rule catches a mutation, and why none does."""

from __future__ import annotations

from collections.abc import Mapping

CAUGHT_BY: Mapping[str, tuple[str, ...]] = {
    # render
    "a resource that is not there": ("SLW002",),
    "a key twice": ("SLW001",),
    "wrong indentation": ("SLW001",),
    "the markers of a merge conflict": ("SLW001",),
    "a variable that is not set": ("SLW004",),
    "a default that is written as a shell does": ("SLW004",),
    "a patch of an object that is not there": ("SLW002",),
    "a JSON patch of a field that is not there": ("SLW002",),
    "a path that was moved": ("SLW002",),
    "a component that is not there": ("SLW002",),
    "a value that a chart requires": ("SLW007",),
    "a version of a chart that was never published": ("SLW007",),
    "a chart that was moved": ("SLW007",),
    "an object without its namespace": ("SLW008",),
    "a template that a chart cannot render": ("SLW007",),
    # graph
    "a letter missing in a sourceRef": ("SLW101",),
    "a sourceRef of the wrong kind": ("SLW101",),
    "a chart from a repository that is not there": ("SLW101",),
    "a letter missing in dependsOn": ("SLW102",),
    "dependsOn of the wrong kind": ("SLW102",),
    "dependsOn without the other's namespace": ("SLW102",),
    "a circle of dependsOn": ("SLW103",),
    "a circle by way of a ConfigMap of variables": ("SLW113",),
    "a chart with custom resources before their definitions": ("SLW114",),
    "a webhook whose Service is not there": ("SLW120",),
    "a Kustomization that no cluster reaches": ("SLW111",),
    "two Kustomizations with the same objects": ("SLW104",),
    "two HelmReleases of one name": ("SLW104",),
    "variables from a ConfigMap that is not there": ("SLW105",),
    "values from a ConfigMap that is not there": ("SLW108",),
    "a health check of nothing": ("SLW106",),
    "a wait without a timeout": ("SLW115",),
    "a Kustomization suspended": ("SLW117",),
    "a service account that is not there": ("SLW110",),
    "access to another cluster that is not there": ("SLW109",),
    # schema
    "a wrong letter in a field": ("SLW201",),
    "text in place of a number": ("SLW201",),
    "a field that is required": ("SLW201",),
    "a quantity that is none": ("SLW201",),
    "one port twice": ("SLW201",),
    "a kind that is no kind": ("SLW202",),
    "a name with capital letters": ("SLW203",),
    "a Service's name beyond 63 letters": ("SLW203",),
    "a label with blanks": ("SLW203",),
    "a number that a variable makes of a text": ("SLW201",),
    "a patch with text in place of a number": ("SLW201",),
    "a wrong letter in a field of a custom resource": ("SLW201",),
    "a value that a custom resource does not take": ("SLW201",),
    "a field that a custom resource requires": ("SLW201",),
    "a field that a CEL rule requires": ("SLW204",),
    "a field that a CEL rule keeps as it is": ("SLW205",),
    "a range that a CEL rule of an XRD keeps as it is": ("SLW205",),
    # upgrade
    "an API that Kubernetes has removed": ("SLW202",),
    "an autoscaler of an old version": ("SLW202",),
    "an Ingress of an old version": ("SLW202",),
    "an object of a version removed with Kubernetes 1.32": ("SLW202",),
    "a HelmRelease of a version that Flux has removed": ("SLW202",),
    "a Kustomization of a version that Flux has removed, where flux-operator brings the definitions": ("SLW303",),
    "an ExternalSecret of a version that is not served any more": ("SLW202",),
    "a NodePool of Karpenter's old version": ("SLW202",),
    "what Crossplane 2 has no more": ("SLW303",),
    "a Composition of Crossplane 1's mode": ("SLW201",),
    "two minor versions of Kubernetes at once": ("SLW305",),
    "two minor versions of Kubernetes back": ("SLW305",),
    "a Kubernetes that EKS does not offer": ("SLW307",),
    # change risk
    "an application taken off a cluster, with its data": ("SLW402",),
    "all applications of a cluster taken off": ("SLW403",),
    "a table taken out of an application": ("SLW402",),
    "a volume taken out of an application": ("SLW402",),
    "a Kustomization renamed": ("SLW407",),
    "the key of a table": ("SLW409",),
    "a table that goes with its object": ("SLW410",),
    "the engine of a database": ("SLW409",),
    "the encryption of a database": ("SLW409",),
    "a database's protection against deletion": ("SLW410",),
    "a queue that keeps no order any more": ("SLW409",),
    "the volumes of a StatefulSet": ("SLW408",),
    "the selector of a Deployment": ("SLW408",),
    "a prefix for all names of an overlay": ("SLW613", "SLW406"),
    "a namespace taken out": ("SLW403",),
    "definitions taken out, and pruned": ("SLW404",),
    "the region of a network": ("SLW409",),
    "a Kustomization's objects moved to another one": ("SLW407",),
    "a Kustomization with another namespace as its target": ("SLW406",),
    "what Flux recreates by force": ("SLW119",),
    # tenancy
    "cluster-admin for a team": ("SLW501",),
    "a role that allows everything, in an application": ("SLW502",),
    "rights for everybody": ("SLW504",),
    "rights to give rights, in an application": ("SLW503",),
    "a team's Kustomization without its service account": ("SLW510",),
    "a team's HelmRelease without its service account": ("SLW510",),
    "an application's object in kube-system": ("SLW511",),
    "an application that gives itself rights on the cluster": ("SLW511",),
    "a source of another namespace": ("SLW512",),
    "a team's application in the namespace of the system": ("SLW511",),
    "every action on a table": ("SLW521",),
    "every action in the account": ("SLW521",),
    "the right to pass any role on": ("SLW522",),
    "a role that everybody may take": ("SLW523",),
    # secrets
    "a Secret in Git": ("SLW601",),
    "a Secret in Git, in base64": ("SLW601",),
    "a private key in a ConfigMap": ("SLW603",),
    "a key of AWS in a Deployment": ("SLW603",),
    "a token of GitHub in the values of a chart": ("SLW603",),
    "a private key beside the manifests": ("SLW602",),
    "a sealed value cut off": ("SLW611",),
    "a value that is not sealed": ("SLW611",),
    "a SealedSecret under another name": ("SLW613",),
    "a SealedSecret with another scope": ("SLW613",),
    "a SealedSecret whose template says another name": ("SLW612",),
    "an ExternalSecret whose store is not there": ("SLW616",),
    "an ExternalSecret without its store's kind": ("SLW616",),
    "two ExternalSecrets that make one Secret": ("SLW618",),
    "a Secret's key that is not in it": ("SLW625",),
    # fleet
    "one range of addresses for two networks": ("SLW701",),
    "a subnet outside of its network": ("SLW702",),
    "two subnets that overlap": ("SLW702",),
    "a role's name beyond 64 letters": ("SLW703",),
    "two clusters of one name": ("SLW814", "SLW704"),
    "a placeholder of the template": ("SLW705",),
    "production ahead of staging": ("SLW706",),
    "one cluster with an older tool": ("SLW707",),
    "an EKS add-on and a chart for one driver": ("SLW708",),
    "an image without a tag": ("SLW709",),
    "an image `latest`": ("SLW709",),
    # Crossplane
    "a patch to a field that the provider has not": ("SLW808",),
    "a patch from a field that the composite has not": ("SLW807",),
    "a patch of text to a number": ("SLW811",),
    "a field of a composed resource that there is not": ("SLW809",),
    "a set of patches that there is not": ("SLW804",),
    "a function that is not installed": ("SLW805",),
    "a Composition of a version that the XRD has not": ("SLW803",),
    "a field that the composite has not": ("SLW201",),
    "a region that the XRD does not take": ("SLW201",),
    "more nodes than the XRD takes": ("SLW201",),
    "an account that there is not": ("SLW812",),
    "a ProviderConfig that there is not": ("SLW812",),
    "a policy that is no JSON": ("SLW520",),
    "a field taken out of an XRD that composites have": ("SLW201",),
    "a composed resource renamed": ("SLW406",),
    "a composed cluster that goes with its composite": ("SLW410",),
    "an XRD that serves no version": ("SLW202",),
    "a package without a version": ("SLW304",),
    "policies for what Crossplane may do that there are not": ("SLW201",),
    # policy
    "a waiver that has expired": ("SLW901",),
    "a waiver of a rule that there is not": ("SLW903",),
    "a severity of a rule that there is not": ("SLW903",),
    "an object that waives an error by itself": ("SLW903",),
    "an object's waiver that has expired": ("SLW901",),
}
"""By the mutation: rules any of which tells, on its line, with a warning or an error."""

NOT_CAUGHT: Mapping[str, str] = {
    "credentials of a source that nothing makes": (
        "nothing is said of Secrets that Git knows nothing of: most are put there by hand"
    ),
    "objects in a namespace that nothing makes": "no rule yet asks who makes a namespace",
    "an autoscaler of a Deployment that is not there": (
        "no rule yet looks at what an application's own objects name, but for ConfigMaps and Secrets"
    ),
    "an Ingress to a Service that is not there": (
        "no rule yet looks at what an application's own objects name, but for ConfigMaps and Secrets"
    ),
    "a Pod with a ConfigMap that is not there": (
        "SLW624 compares with names in Git; kustomize's generator has put a hash behind this one"
    ),
    "a port beyond 65535": "the published schemas do not say it, only the API server's own code does",
    "a selector that does not match its Pods": (
        "the published schemas do not say it, only the API server's own code does"
    ),
    "a mount of a volume that is not there": (
        "the published schemas do not say it, only the API server's own code does"
    ),
    "two limits of which one may be given": (
        "the published schemas do not say it, only the API server's own code does"
    ),
    "fewer at most than at least": "the published schemas do not say it, only the API server's own code does",
    "a CRD whose schema is none": "what the API server asks of a CRD's own schema is not checked",
    "nodes newer than their control plane": "SLW306 does not compare what Crossplane composes",
    "two minor versions of Crossplane at once": "no rule yet looks at the steps of tools",
    "a cluster taken out": (
        "SLW405 tells of a control plane that goes; this one is kept by its policies, and of its nodes and network "
        "nothing is said"
    ),
    "the name of a database in AWS": "no rule yet looks at changes of external names",
    "all secrets of a cluster for a team": "no rule yet: controllers read all Secrets as a matter of course",
    "AdministratorAccess for an application": "the policies of AWS that are attached by their ARNs are not looked at",
    "the account of another cluster": "no rule yet compares a composite's account with its cluster's",
    "an add-on in the account of another cluster": (
        "no rule yet compares a ProviderConfig's account with its cluster's"
    ),
    "a sealing key that every cluster renews for itself": "no rule looks at what the values of single charts mean",
    "a Pod's Secret that nothing makes": (
        "SLW624 compares with the Secrets in Git, not with those that an ExternalSecret makes"
    ),
    "a placeholder in angle brackets": "SLW705 knows placeholders by words like REPLACE_ME and <your-name>",
    "staging's overlay in production": "the paths say it to people only",
    "a queue's name without .fifo": "no rule looks at what AWS asks of queues",
    "an account's number with a digit missing": "no rule looks at the numbers in ARNs",
    "a cluster that takes itself for another": "ConfigMaps mean nothing to Slipway but by what is made of them",
    "a provider that is not installed": "no rule yet asks which provider is behind a kind whose CRD is there",
    "two managed resources of one table": (
        "SLW814 compares external names that are written; this one is the name of the other object"
    ),
    "a policy for a role that there is not": "no rule yet looks at what managed resources name",
    "a table's key that is no attribute": "no rule looks at what AWS asks of tables",
}
"""By the mutation: why nothing tells. One that is caught after all has to leave."""
