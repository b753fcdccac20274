#!/bin/sh
# The network of dsr-ring as ip and sysctl commands, in named network namespaces.
# Usage, as root or inside `unshare -rmn`:
#   sh FILE up                build it
#   sh FILE in NODE CMD...    run a command in a node
#   sh FILE down              take it all away
set -eu

up() {
    mkdir -p /run/netns 2>/dev/null && [ -w /run/netns ] || mount -t tmpfs tmpfs /run
    trap 'down 2>/dev/null' EXIT

    # client1 (client)
    ip netns add fulcrum-dsr-ring:client1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:client1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:client1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-dsr-ring:client1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-dsr-ring:client1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:client1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-dsr-ring:client1 link set lo up

    # client2 (client)
    ip netns add fulcrum-dsr-ring:client2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:client2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:client2 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-dsr-ring:client2 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-dsr-ring:client2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:client2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-dsr-ring:client2 link set lo up

    # router1 (router)
    ip netns add fulcrum-dsr-ring:router1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-dsr-ring:router1 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-dsr-ring:router1 link set lo up

    # router2 (router)
    ip netns add fulcrum-dsr-ring:router2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-dsr-ring:router2 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-dsr-ring:router2 link set lo up

    # router3 (router)
    ip netns add fulcrum-dsr-ring:router3
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-dsr-ring:router3 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-dsr-ring:router3 link set lo up

    # se1 (se)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-dsr-ring:se1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:se1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:se1 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-dsr-ring:se1 link set lo up

    # se2 (se)
    #   stands by: takes over when failover is built; se1 owns web (10.1.1.100)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-dsr-ring:se2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:se2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:se2 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-dsr-ring:se2 link set lo up

    # server1 (server)
    #   runs: fulcrum-server --name server1 --tcp 80 --udp 53 --udp 80
    ip netns add fulcrum-dsr-ring:server1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:server1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:server1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-dsr-ring:server1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-dsr-ring:server1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:server1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:server1 sysctl -qw net/ipv4/conf/all/arp_ignore=1
    ip netns exec fulcrum-dsr-ring:server1 sysctl -qw net/ipv4/conf/all/arp_announce=2
    ip -n fulcrum-dsr-ring:server1 link set lo up

    # server2 (server)
    #   runs: fulcrum-server --name server2 --tcp 80 --udp 53 --udp 80
    ip netns add fulcrum-dsr-ring:server2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring:server2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-dsr-ring:server2 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-dsr-ring:server2 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-dsr-ring:server2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:server2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-dsr-ring:server2 sysctl -qw net/ipv4/conf/all/arp_ignore=1
    ip netns exec fulcrum-dsr-ring:server2 sysctl -qw net/ipv4/conf/all/arp_announce=2
    ip -n fulcrum-dsr-ring:server2 link set lo up

    ip netns add fulcrum-dsr-ring::segments
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-dsr-ring::segments sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip -n fulcrum-dsr-ring::segments link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment home1
    ip -n fulcrum-dsr-ring::segments link set br0 up
    ip -n fulcrum-dsr-ring::segments link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment home2
    ip -n fulcrum-dsr-ring::segments link set br1 up
    ip -n fulcrum-dsr-ring::segments link add br2 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment rack1
    ip -n fulcrum-dsr-ring::segments link set br2 up
    ip -n fulcrum-dsr-ring::segments link add br3 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment rack2
    ip -n fulcrum-dsr-ring::segments link set br3 up
    ip -n fulcrum-dsr-ring::segments link add port0 type veth peer name eth0 netns fulcrum-dsr-ring:client1
    ip -n fulcrum-dsr-ring::segments link set port0 mtu 1500 master br0 up
    ip -n fulcrum-dsr-ring::segments link add port1 type veth peer name eth0 netns fulcrum-dsr-ring:router1
    ip -n fulcrum-dsr-ring::segments link set port1 mtu 1500 master br0 up
    ip -n fulcrum-dsr-ring::segments link add port2 type veth peer name eth0 netns fulcrum-dsr-ring:client2
    ip -n fulcrum-dsr-ring::segments link set port2 mtu 1500 master br1 up
    ip -n fulcrum-dsr-ring::segments link add port3 type veth peer name eth0 netns fulcrum-dsr-ring:router2
    ip -n fulcrum-dsr-ring::segments link set port3 mtu 1500 master br1 up
    ip -n fulcrum-dsr-ring::segments link add port4 type veth peer name eth2 netns fulcrum-dsr-ring:router3
    ip -n fulcrum-dsr-ring::segments link set port4 mtu 1500 master br2 up
    ip -n fulcrum-dsr-ring::segments link add port5 type veth peer name eth0 netns fulcrum-dsr-ring:se1
    ip -n fulcrum-dsr-ring::segments link set port5 mtu 1500 master br2 up
    ip -n fulcrum-dsr-ring::segments link add port6 type veth peer name eth0 netns fulcrum-dsr-ring:server1
    ip -n fulcrum-dsr-ring::segments link set port6 mtu 1500 master br2 up
    ip -n fulcrum-dsr-ring::segments link add port7 type veth peer name port8
    ip -n fulcrum-dsr-ring::segments link set port7 mtu 65535 master br2 up
    ip -n fulcrum-dsr-ring::segments link set port8 mtu 65535 master br3 up
    ip -n fulcrum-dsr-ring::segments link add port9 type veth peer name eth0 netns fulcrum-dsr-ring:se2
    ip -n fulcrum-dsr-ring::segments link set port9 mtu 1500 master br3 up
    ip -n fulcrum-dsr-ring::segments link add port10 type veth peer name eth0 netns fulcrum-dsr-ring:server2
    ip -n fulcrum-dsr-ring::segments link set port10 mtu 1500 master br3 up
    ip -n fulcrum-dsr-ring:router1 link add eth1 type veth peer name eth1 netns fulcrum-dsr-ring:router2
    ip -n fulcrum-dsr-ring:router2 link add eth2 type veth peer name eth0 netns fulcrum-dsr-ring:router3
    ip -n fulcrum-dsr-ring:router3 link add eth1 type veth peer name eth2 netns fulcrum-dsr-ring:router1

    ip -n fulcrum-dsr-ring:client1 link set eth0 mtu 1500 address 02:62:63:79:ca:57
    ip -n fulcrum-dsr-ring:client1 address add 192.168.1.101/24 brd + dev eth0
    ip -n fulcrum-dsr-ring:client1 link set eth0 up

    ip -n fulcrum-dsr-ring:client2 link set eth0 mtu 1500 address 02:6c:ac:2d:8d:b1
    ip -n fulcrum-dsr-ring:client2 address add 192.168.2.101/24 brd + dev eth0
    ip -n fulcrum-dsr-ring:client2 link set eth0 up

    ip -n fulcrum-dsr-ring:router1 link set eth0 mtu 1500 address 02:af:6f:2e:13:fc
    ip -n fulcrum-dsr-ring:router1 address add 192.168.1.1/24 brd + dev eth0
    ip -n fulcrum-dsr-ring:router1 link set eth0 up
    ip -n fulcrum-dsr-ring:router1 link set eth1 mtu 1500 address 02:a2:66:fc:6a:4d
    ip -n fulcrum-dsr-ring:router1 address add 10.254.0.1/30 brd + dev eth1
    ip -n fulcrum-dsr-ring:router1 link set eth1 up
    ip -n fulcrum-dsr-ring:router1 link set eth2 mtu 1500 address 02:4b:8b:85:ab:d1
    ip -n fulcrum-dsr-ring:router1 address add 10.254.0.10/30 brd + dev eth2
    ip -n fulcrum-dsr-ring:router1 link set eth2 up

    ip -n fulcrum-dsr-ring:router2 link set eth0 mtu 1500 address 02:89:2a:b4:f7:62
    ip -n fulcrum-dsr-ring:router2 address add 192.168.2.1/24 brd + dev eth0
    ip -n fulcrum-dsr-ring:router2 link set eth0 up
    ip -n fulcrum-dsr-ring:router2 link set eth1 mtu 1500 address 02:30:71:c3:fc:d1
    ip -n fulcrum-dsr-ring:router2 address add 10.254.0.2/30 brd + dev eth1
    ip -n fulcrum-dsr-ring:router2 link set eth1 up
    ip -n fulcrum-dsr-ring:router2 link set eth2 mtu 1500 address 02:a5:e3:16:1f:6f
    ip -n fulcrum-dsr-ring:router2 address add 10.254.0.5/30 brd + dev eth2
    ip -n fulcrum-dsr-ring:router2 link set eth2 up

    ip -n fulcrum-dsr-ring:router3 link set eth0 mtu 1500 address 02:ce:88:ae:8b:ab
    ip -n fulcrum-dsr-ring:router3 address add 10.254.0.6/30 brd + dev eth0
    ip -n fulcrum-dsr-ring:router3 link set eth0 up
    ip -n fulcrum-dsr-ring:router3 link set eth1 mtu 1500 address 02:2c:ed:36:61:2f
    ip -n fulcrum-dsr-ring:router3 address add 10.254.0.9/30 brd + dev eth1
    ip -n fulcrum-dsr-ring:router3 link set eth1 up
    ip -n fulcrum-dsr-ring:router3 link set eth2 mtu 1500 address 02:00:96:e8:50:4d
    ip -n fulcrum-dsr-ring:router3 address add 10.1.1.1/24 brd + dev eth2
    ip -n fulcrum-dsr-ring:router3 link set eth2 up

    ip -n fulcrum-dsr-ring:se1 link set eth0 mtu 1500 arp off
    ip -n fulcrum-dsr-ring:se1 link set eth0 up

    ip -n fulcrum-dsr-ring:se2 link set eth0 mtu 1500 arp off
    ip -n fulcrum-dsr-ring:se2 link set eth0 up

    ip -n fulcrum-dsr-ring:server1 link set eth0 mtu 1500 address 02:c6:cf:16:bc:4a
    ip -n fulcrum-dsr-ring:server1 address add 10.1.1.11/24 brd + dev eth0
    ip -n fulcrum-dsr-ring:server1 link set eth0 up
    ip -n fulcrum-dsr-ring:server1 address add 10.1.1.100/32 dev lo

    ip -n fulcrum-dsr-ring:server2 link set eth0 mtu 1500 address 02:6c:06:6f:64:53
    ip -n fulcrum-dsr-ring:server2 address add 10.1.1.12/24 brd + dev eth0
    ip -n fulcrum-dsr-ring:server2 link set eth0 up
    ip -n fulcrum-dsr-ring:server2 address add 10.1.1.100/32 dev lo

    ip -n fulcrum-dsr-ring:client1 route add default via 192.168.1.1 dev eth0 proto static
    ip -n fulcrum-dsr-ring:client2 route add default via 192.168.2.1 dev eth0 proto static
    ip -n fulcrum-dsr-ring:router1 route add 192.168.2.0/24 via 10.254.0.2 dev eth1 proto static
    ip -n fulcrum-dsr-ring:router1 route add 10.254.0.4/30 via 10.254.0.2 dev eth1 proto static
    ip -n fulcrum-dsr-ring:router1 route add 10.1.1.0/24 via 10.254.0.9 dev eth2 proto static
    ip -n fulcrum-dsr-ring:router2 route add 192.168.1.0/24 via 10.254.0.1 dev eth1 proto static
    ip -n fulcrum-dsr-ring:router2 route add 10.254.0.8/30 via 10.254.0.1 dev eth1 proto static
    ip -n fulcrum-dsr-ring:router2 route add 10.1.1.0/24 via 10.254.0.6 dev eth2 proto static
    ip -n fulcrum-dsr-ring:router3 route add 192.168.2.0/24 via 10.254.0.5 dev eth0 proto static
    ip -n fulcrum-dsr-ring:router3 route add 10.254.0.0/30 via 10.254.0.5 dev eth0 proto static
    ip -n fulcrum-dsr-ring:router3 route add 192.168.1.0/24 via 10.254.0.10 dev eth1 proto static
    ip -n fulcrum-dsr-ring:server1 route add default via 10.1.1.1 dev eth0 proto static
    ip -n fulcrum-dsr-ring:server2 route add default via 10.1.1.1 dev eth0 proto static
    trap - EXIT
}

down() {
    ip netns del fulcrum-dsr-ring:client1 || :
    ip netns del fulcrum-dsr-ring:client2 || :
    ip netns del fulcrum-dsr-ring:router1 || :
    ip netns del fulcrum-dsr-ring:router2 || :
    ip netns del fulcrum-dsr-ring:router3 || :
    ip netns del fulcrum-dsr-ring:se1 || :
    ip netns del fulcrum-dsr-ring:se2 || :
    ip netns del fulcrum-dsr-ring:server1 || :
    ip netns del fulcrum-dsr-ring:server2 || :
    ip netns del fulcrum-dsr-ring::segments || :
}

case ${1:-up} in
up) up ;;
in) node=$2; shift 2; exec ip netns exec fulcrum-dsr-ring:"$node" "$@" ;;
down) down ;;
*) echo "usage: $0 up | in NODE CMD... | down" >&2; exit 2 ;;
esac
