resource "openstack_compute_servergroup_v2" "control_plane" {
  name     = "${var.name}-cp"
  policies = ["anti-affinity"]
}

resource "openstack_compute_servergroup_v2" "worker" {
  name     = "${var.name}-general"
  policies = ["soft-anti-affinity"]
}

resource "openstack_networking_port_v2" "control_plane" {
  count              = var.control_plane_count
  name               = "${var.name}-cp-${count.index + 1}"
  network_id         = openstack_networking_network_v2.nodes.id
  security_group_ids = [openstack_networking_secgroup_v2.group["control-plane"].id]
  tags               = local.tags

  fixed_ip {
    subnet_id = openstack_networking_subnet_v2.nodes.id
  }
}

resource "openstack_compute_instance_v2" "control_plane" {
  count        = var.control_plane_count
  name         = "${var.name}-cp-${count.index + 1}"
  flavor_name  = "small"
  image_name   = var.image
  key_pair     = openstack_compute_keypair_v2.ssh.name
  user_data    = local.user_data
  config_drive = true
  metadata     = merge(local.metadata, { opencenter-role = "control-plane", opencenter-pool = "cp" })
  tags         = local.tags

  network {
    port = openstack_networking_port_v2.control_plane[count.index].id
  }
  scheduler_hints {
    group = openstack_compute_servergroup_v2.control_plane.id
  }
  # A first boot without a way out, or before its rules, leaves cloud-init half done.
  depends_on = [
    openstack_networking_router_interface_v2.nodes,
    openstack_networking_secgroup_rule_v2.ingress,
    openstack_networking_secgroup_rule_v2.egress,
  ]
}

resource "openstack_networking_port_v2" "worker" {
  count              = var.worker_count
  name               = "${var.name}-general-${count.index + 1}"
  network_id         = openstack_networking_network_v2.nodes.id
  security_group_ids = [openstack_networking_secgroup_v2.group["worker"].id]
  tags               = local.tags

  fixed_ip {
    subnet_id = openstack_networking_subnet_v2.nodes.id
  }
}

resource "openstack_compute_instance_v2" "worker" {
  count        = var.worker_count
  name         = "${var.name}-general-${count.index + 1}"
  flavor_name  = "small"
  image_name   = var.image
  key_pair     = openstack_compute_keypair_v2.ssh.name
  user_data    = local.user_data
  config_drive = true
  metadata     = merge(local.metadata, { opencenter-role = "worker", opencenter-pool = "general" })
  tags         = local.tags

  network {
    port = openstack_networking_port_v2.worker[count.index].id
  }
  scheduler_hints {
    group = openstack_compute_servergroup_v2.worker.id
  }
  depends_on = [
    openstack_networking_router_interface_v2.nodes,
    openstack_networking_secgroup_rule_v2.ingress,
    openstack_networking_secgroup_rule_v2.egress,
  ]
}

resource "openstack_networking_port_v2" "bastion" {
  name               = "${var.name}-bastion"
  network_id         = openstack_networking_network_v2.nodes.id
  security_group_ids = [openstack_networking_secgroup_v2.group["bastion"].id]
  tags               = local.tags

  fixed_ip {
    subnet_id = openstack_networking_subnet_v2.nodes.id
  }
}

resource "openstack_compute_instance_v2" "bastion" {
  name         = "${var.name}-bastion"
  flavor_name  = "tiny"
  image_name   = var.image
  key_pair     = openstack_compute_keypair_v2.ssh.name
  user_data    = local.user_data
  config_drive = true
  metadata     = merge(local.metadata, { opencenter-role = "bastion" })
  tags         = local.tags

  network {
    port = openstack_networking_port_v2.bastion.id
  }
  depends_on = [
    openstack_networking_router_interface_v2.nodes,
    openstack_networking_secgroup_rule_v2.ingress,
    openstack_networking_secgroup_rule_v2.egress,
  ]
}

resource "openstack_networking_floatingip_v2" "bastion" {
  pool        = data.openstack_networking_network_v2.external.name
  port_id     = openstack_networking_port_v2.bastion.id
  description = "SSH to ${var.name}-bastion"
  tags        = local.tags
  depends_on  = [openstack_networking_router_interface_v2.nodes]
}
