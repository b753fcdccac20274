#!/bin/sh
# The network of bgp-rhi as ip and sysctl commands, in named network namespaces.
# Usage, as root or inside `unshare -rmn`:
#   sh FILE up                build it
#   sh FILE in NODE CMD...    run a command in a node
#   sh FILE down              take it all away
set -eu

up() {
    mkdir -p /run/netns 2>/dev/null && [ -w /run/netns ] || mount -t tmpfs tmpfs /run
    trap 'down 2>/dev/null' EXIT

    # client1 (client)
    ip netns add fulcrum-bgp-rhi:client1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi:client1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-bgp-rhi:client1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-bgp-rhi:client1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-bgp-rhi:client1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-bgp-rhi:client1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-bgp-rhi:client1 link set lo up

    # router1 (router)
    ip netns add fulcrum-bgp-rhi:router1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-bgp-rhi:router1 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-bgp-rhi:router1 link set lo up

    # se1 (se)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-bgp-rhi:se1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi:se1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-bgp-rhi:se1 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-bgp-rhi:se1 link set lo up

    # se2 (se)
    #   stands by: takes over when failover is built; se1 owns service1 (10.50.0.11)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-bgp-rhi:se2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi:se2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-bgp-rhi:se2 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-bgp-rhi:se2 link set lo up

    # server1 (server)
    #   runs: fulcrum-server --name server1 --tcp 80 --udp 80
    ip netns add fulcrum-bgp-rhi:server1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi:server1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-bgp-rhi:server1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-bgp-rhi:server1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-bgp-rhi:server1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-bgp-rhi:server1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-bgp-rhi:server1 link set lo up

    # server2 (server)
    #   runs: fulcrum-server --name server2 --tcp 80 --udp 80
    ip netns add fulcrum-bgp-rhi:server2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi:server2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-bgp-rhi:server2 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-bgp-rhi:server2 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-bgp-rhi:server2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-bgp-rhi:server2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-bgp-rhi:server2 link set lo up

    # server3 (server)
    #   runs: fulcrum-server --name server3 --tcp 80 --udp 80
    ip netns add fulcrum-bgp-rhi:server3
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi:server3 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-bgp-rhi:server3 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-bgp-rhi:server3 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-bgp-rhi:server3 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-bgp-rhi:server3 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-bgp-rhi:server3 link set lo up

    ip netns add fulcrum-bgp-rhi::segments
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-bgp-rhi::segments sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip -n fulcrum-bgp-rhi::segments link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment1
    ip -n fulcrum-bgp-rhi::segments link set br0 up
    ip -n fulcrum-bgp-rhi::segments link add port0 type veth peer name eth1 netns fulcrum-bgp-rhi:router1
    ip -n fulcrum-bgp-rhi::segments link set port0 mtu 1500 master br0 up
    ip -n fulcrum-bgp-rhi::segments link add port1 type veth peer name eth0 netns fulcrum-bgp-rhi:se1
    ip -n fulcrum-bgp-rhi::segments link set port1 mtu 1500 master br0 up
    ip -n fulcrum-bgp-rhi::segments link add port2 type veth peer name eth0 netns fulcrum-bgp-rhi:se2
    ip -n fulcrum-bgp-rhi::segments link set port2 mtu 1500 master br0 up
    ip -n fulcrum-bgp-rhi::segments link add port3 type veth peer name eth0 netns fulcrum-bgp-rhi:server1
    ip -n fulcrum-bgp-rhi::segments link set port3 mtu 1500 master br0 up
    ip -n fulcrum-bgp-rhi::segments link add port4 type veth peer name eth0 netns fulcrum-bgp-rhi:server2
    ip -n fulcrum-bgp-rhi::segments link set port4 mtu 1500 master br0 up
    ip -n fulcrum-bgp-rhi::segments link add port5 type veth peer name eth0 netns fulcrum-bgp-rhi:server3
    ip -n fulcrum-bgp-rhi::segments link set port5 mtu 1500 master br0 up
    ip -n fulcrum-bgp-rhi:client1 link add eth0 type veth peer name eth0 netns fulcrum-bgp-rhi:router1

    ip -n fulcrum-bgp-rhi:client1 link set eth0 mtu 1500 address 02:62:63:79:ca:57
    ip -n fulcrum-bgp-rhi:client1 address add 192.168.1.101/24 brd + dev eth0
    ip -n fulcrum-bgp-rhi:client1 link set eth0 up

    ip -n fulcrum-bgp-rhi:router1 link set eth0 mtu 1500 address 02:af:6f:2e:13:fc
    ip -n fulcrum-bgp-rhi:router1 address add 192.168.1.1/24 brd + dev eth0
    ip -n fulcrum-bgp-rhi:router1 link set eth0 up
    ip -n fulcrum-bgp-rhi:router1 link set eth1 mtu 1500 address 02:a2:66:fc:6a:4d
    ip -n fulcrum-bgp-rhi:router1 address add 172.16.10.1/24 brd + dev eth1
    ip -n fulcrum-bgp-rhi:router1 link set eth1 up

    ip -n fulcrum-bgp-rhi:se1 link set eth0 mtu 1500 arp off
    ip -n fulcrum-bgp-rhi:se1 link set eth0 up

    ip -n fulcrum-bgp-rhi:se2 link set eth0 mtu 1500 arp off
    ip -n fulcrum-bgp-rhi:se2 link set eth0 up

    ip -n fulcrum-bgp-rhi:server1 link set eth0 mtu 1500 address 02:c6:cf:16:bc:4a
    ip -n fulcrum-bgp-rhi:server1 address add 172.16.10.101/24 brd + dev eth0
    ip -n fulcrum-bgp-rhi:server1 link set eth0 up

    ip -n fulcrum-bgp-rhi:server2 link set eth0 mtu 1500 address 02:6c:06:6f:64:53
    ip -n fulcrum-bgp-rhi:server2 address add 172.16.10.102/24 brd + dev eth0
    ip -n fulcrum-bgp-rhi:server2 link set eth0 up

    ip -n fulcrum-bgp-rhi:server3 link set eth0 mtu 1500 address 02:30:f1:6a:91:5d
    ip -n fulcrum-bgp-rhi:server3 address add 172.16.10.103/24 brd + dev eth0
    ip -n fulcrum-bgp-rhi:server3 link set eth0 up

    ip -n fulcrum-bgp-rhi:client1 route add default via 192.168.1.1 dev eth0 proto static
    ip -n fulcrum-bgp-rhi:server1 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-bgp-rhi:server2 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-bgp-rhi:server3 route add default via 172.16.10.1 dev eth0 proto static
    trap - EXIT
}

down() {
    ip netns del fulcrum-bgp-rhi:client1 || :
    ip netns del fulcrum-bgp-rhi:router1 || :
    ip netns del fulcrum-bgp-rhi:se1 || :
    ip netns del fulcrum-bgp-rhi:se2 || :
    ip netns del fulcrum-bgp-rhi:server1 || :
    ip netns del fulcrum-bgp-rhi:server2 || :
    ip netns del fulcrum-bgp-rhi:server3 || :
    ip netns del fulcrum-bgp-rhi::segments || :
}

case ${1:-up} in
up) up ;;
in) node=$2; shift 2; exec ip netns exec fulcrum-bgp-rhi:"$node" "$@" ;;
down) down ;;
*) echo "usage: $0 up | in NODE CMD... | down" >&2; exit 2 ;;
esac
