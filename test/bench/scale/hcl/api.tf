resource "openstack_lb_loadbalancer_v2" "api" {
  name                  = "${var.name}-api"
  description           = "Kubernetes API"
  vip_subnet_id         = openstack_networking_subnet_v2.nodes.id
  vip_address           = var.api_address
  loadbalancer_provider = "amphora"
  tags                  = local.tags
}

resource "openstack_lb_listener_v2" "api" {
  name            = "${var.name}-api"
  loadbalancer_id = openstack_lb_loadbalancer_v2.api.id
  protocol        = "TCP"
  protocol_port   = 6443
  allowed_cidrs   = concat([var.cidr], var.admin_cidrs)
  tags            = local.tags
}

resource "openstack_lb_pool_v2" "api" {
  name        = "${var.name}-api"
  listener_id = openstack_lb_listener_v2.api.id
  protocol    = "TCP"
  lb_method   = "ROUND_ROBIN"
}

resource "openstack_lb_monitor_v2" "api" {
  name        = "${var.name}-api"
  pool_id     = openstack_lb_pool_v2.api.id
  type        = "TCP"
  delay       = 10
  timeout     = 5
  max_retries = 3
}

resource "openstack_lb_member_v2" "api" {
  count         = var.control_plane_count
  name          = "${var.name}-cp-${count.index + 1}"
  pool_id       = openstack_lb_pool_v2.api.id
  address       = openstack_networking_port_v2.control_plane[count.index].all_fixed_ips[0]
  protocol_port = 6443
  subnet_id     = openstack_networking_subnet_v2.nodes.id
  depends_on    = [openstack_lb_monitor_v2.api]
}

resource "openstack_networking_floatingip_v2" "api" {
  pool        = data.openstack_networking_network_v2.external.name
  port_id     = openstack_lb_loadbalancer_v2.api.vip_port_id
  description = "Kubernetes API of ${var.name}-api"
  tags        = local.tags
  depends_on  = [openstack_networking_router_interface_v2.nodes]
}
