resource "openstack_networking_network_v2" "nodes" {
  name           = var.name
  admin_state_up = true
  tags           = local.tags
}

resource "openstack_networking_subnet_v2" "nodes" {
  name        = var.name
  network_id  = openstack_networking_network_v2.nodes.id
  cidr        = var.cidr
  ip_version  = 4
  gateway_ip  = cidrhost(var.cidr, 1)
  enable_dhcp = true
  tags        = local.tags

  allocation_pool {
    start = var.allocation_pool.start
    end   = var.allocation_pool.end
  }
}

resource "openstack_networking_router_v2" "nodes" {
  name                = var.name
  admin_state_up      = true
  external_network_id = data.openstack_networking_network_v2.external.id
  tags                = local.tags
}

resource "openstack_networking_router_interface_v2" "nodes" {
  router_id = openstack_networking_router_v2.nodes.id
  subnet_id = openstack_networking_subnet_v2.nodes.id
}

locals {
  node_groups = ["control-plane", "worker"]
  # What every node takes from every other.
  between_nodes = {
    icmp    = { protocol = "icmp", min = null, max = null }
    kubelet = { protocol = "tcp", min = 10250, max = 10250 }
    typha   = { protocol = "tcp", min = 5473, max = 5473 }
    vxlan   = { protocol = "udp", min = 4789, max = 4789 }
  }
  api  = { group = "control-plane", protocol = "tcp", min = 6443, max = 6443 }
  port = { group = "worker", min = 30000, max = 32767, from_cidr = var.cidr }
  ingress = merge(
    {
      for rule in setproduct(local.node_groups, local.node_groups, keys(local.between_nodes)) :
      "${rule[0]}-${rule[2]}-from-${rule[1]}" =>
      merge(local.between_nodes[rule[2]], { group = rule[0], from_group = rule[1] })
    },
    {
      for group in local.node_groups :
      "${group}-ssh" => { group = group, protocol = "tcp", min = 22, max = 22, from_group = "bastion" }
    },
    { for group in local.node_groups : "api-from-${group}" => merge(local.api, { from_group = group }) },
    {
      for cidr in var.admin_cidrs :
      "bastion-ssh-from-${cidr}" => { group = "bastion", protocol = "tcp", min = 22, max = 22, from_cidr = cidr }
    },
    {
      api-from-subnet = merge(local.api, { from_cidr = var.cidr })
      etcd            = { group = "control-plane", protocol = "tcp", min = 2379, max = 2380, from_group = "control-plane" }
      node-ports-tcp  = merge(local.port, { protocol = "tcp" })
      node-ports-udp  = merge(local.port, { protocol = "udp" })
    },
  )
}

resource "openstack_networking_secgroup_v2" "group" {
  for_each             = toset(concat(["bastion"], local.node_groups))
  name                 = "${var.name}-${each.key}"
  description          = "${var.name}: ${each.key}"
  delete_default_rules = true
  tags                 = local.tags
}

resource "openstack_networking_secgroup_rule_v2" "ingress" {
  for_each          = local.ingress
  security_group_id = openstack_networking_secgroup_v2.group[each.value.group].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = each.value.protocol
  port_range_min    = each.value.min
  port_range_max    = each.value.max
  remote_ip_prefix  = try(each.value.from_cidr, null)
  remote_group_id   = try(openstack_networking_secgroup_v2.group[each.value.from_group].id, null)
  description       = each.key
}

resource "openstack_networking_secgroup_rule_v2" "egress" {
  for_each          = openstack_networking_secgroup_v2.group
  security_group_id = each.value.id
  direction         = "egress"
  ethertype         = "IPv4"
  remote_ip_prefix  = "0.0.0.0/0"
  description       = "Everything outbound."
}
