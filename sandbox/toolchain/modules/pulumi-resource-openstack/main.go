// Command pulumi-resource-openstack is the OpenStack plugin for machines that cannot download the official one: the
// same Terraform provider that pulumi-openstack wraps, behind the Terraform bridge, under the tokens of the SDK.
//
// It serves an empty schema: the Node.js SDK carries its own types, and only code generation would read it.
package main

import (
	_ "embed"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// version is set by the linker, so that it is written down in one place only.
var version = "0.0.0"

// sdkTokens are the types and functions of @pulumi/openstack, one per line. The SDK is the authority: its names follow
// no single rule (some keep a version suffix, some lose it, two are misspelt).
//
//go:embed tokens.txt
var sdkTokens string

// modules maps the first word of a Terraform name to the module of the SDK, where the two differ.
var modules = map[string]string{"db": "database", "fw": "firewall", "lb": "loadbalancer"}

// renamed holds the tokens that cannot be found from the Terraform name.
var renamed = map[string]string{
	"openstack_blockstorage_quotaset_v2":                    "openstack:blockstorage/quoteSetV2:QuoteSetV2",
	"openstack_blockstorage_quotaset_v3":                    "openstack:blockstorage/quoteSetV3:QuoteSetV3",
	"openstack_objectstorage_object_v1":                     "openstack:objectstorage/containerObject:ContainerObject",
	"data.openstack_dns_zone_v2":                            "openstack:dns/getDnsZone:getDnsZone",
	"data.openstack_fw_group_v2":                            "openstack:index/getFwGroupV2:getFwGroupV2",
	"data.openstack_fw_policy_v2":                           "openstack:index/getFwPolicyV2:getFwPolicyV2",
	"data.openstack_fw_rule_v2":                             "openstack:index/getFwRuleV2:getFwRuleV2",
	"data.openstack_sharedfilesystem_availability_zones_v2": "openstack:sharedfilesystem/getAvailbilityZones:getAvailbilityZones",
}

// fields are the properties that the SDK names or shapes otherwise than the bridge would by itself.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	"openstack_compute_servergroup_v2": {"policies": {MaxItemsOne: tfbridge.False()}},
	"openstack_networking_subnet_v2": {
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	},
	"openstack_orchestration_stack_v1": {"outputs": {Name: "StackOutputs"}},
}

var versionSuffix = regexp.MustCompile(`_v[0-9]$`)

func main() {
	provider := tfbridge.ProviderInfo{
		P:              sdkv2.NewProvider(openstack.Provider()),
		Name:           "openstack",
		Version:        version,
		ResourcePrefix: "openstack",
		Resources:      map[string]*tfbridge.ResourceInfo{},
		DataSources:    map[string]*tfbridge.DataSourceInfo{},
	}
	known := index(sdkTokens)
	for name := range openstack.Provider().ResourcesMap {
		if token, ok := find(known, name, ""); ok {
			provider.Resources[name] = &tfbridge.ResourceInfo{Tok: tokens.Type(token), Fields: fields[name]}
		} else {
			provider.IgnoreMappings = append(provider.IgnoreMappings, name)
		}
	}
	for name := range openstack.Provider().DataSourcesMap {
		if token, ok := find(known, name, "get"); ok {
			provider.DataSources[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token)}
		} else {
			provider.IgnoreMappings = append(provider.IgnoreMappings, name)
		}
	}
	// The same names for unnamed resources as the official plugin gives.
	provider.SetAutonaming(255, "-")
	tfbridge.Main("openstack", version, provider, []byte("{}"))
}

// index keys tokens by module and name in lower case: "openstack:compute/secGroup:SecGroup" by "compute/secgroup".
func index(lines string) map[string]string {
	known := map[string]string{}
	for _, token := range strings.Fields(lines) {
		known[strings.ToLower(strings.Split(token, ":")[1])] = token
	}
	return known
}

// find returns the SDK's token for a Terraform name; prefix is "get" for a data source. The name with its version
// comes first: where the SDK has both, as for volumeV2 and volume, the plain one is the newest.
func find(known map[string]string, name string, prefix string) (string, bool) {
	key := name
	if prefix != "" {
		key = "data." + name
	}
	if token, ok := renamed[key]; ok {
		return token, true
	}
	module, rest, _ := strings.Cut(strings.TrimPrefix(name, "openstack_"), "_")
	if sdkModule, ok := modules[module]; ok {
		module = sdkModule
	}
	for _, candidate := range []string{rest, versionSuffix.ReplaceAllString(rest, "")} {
		if token, ok := known[module+"/"+prefix+strings.ReplaceAll(candidate, "_", "")]; ok {
			return token, true
		}
	}
	return "", false
}
