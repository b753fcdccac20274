#!/bin/sh
# The network of auto-gateway as ip and sysctl commands, in named network namespaces.
# Usage, as root or inside `unshare -rmn`:
#   sh FILE up                build it
#   sh FILE in NODE CMD...    run a command in a node
#   sh FILE down              take it all away
set -eu

up() {
    mkdir -p /run/netns 2>/dev/null && [ -w /run/netns ] || mount -t tmpfs tmpfs /run
    trap 'down 2>/dev/null' EXIT

    # client1 (client)
    ip netns add fulcrum-auto-gateway:client1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:client1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:client1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:client1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:client1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:client1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:client1 link set lo up

    # client2 (client)
    ip netns add fulcrum-auto-gateway:client2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:client2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:client2 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:client2 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:client2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:client2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:client2 link set lo up

    # router1 (router)
    ip netns add fulcrum-auto-gateway:router1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-auto-gateway:router1 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-auto-gateway:router1 link set lo up

    # router2 (router)
    ip netns add fulcrum-auto-gateway:router2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-auto-gateway:router2 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-auto-gateway:router2 link set lo up

    # router3 (router)
    ip netns add fulcrum-auto-gateway:router3
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-auto-gateway:router3 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-auto-gateway:router3 link set lo up

    # se1 (se)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-auto-gateway:se1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:se1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:se1 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-auto-gateway:se1 link set lo up

    # server1 (server)
    #   runs: fulcrum-server --name server1 --tcp 80 --udp 80
    ip netns add fulcrum-auto-gateway:server1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:server1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:server1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:server1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:server1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:server1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:server1 link set lo up

    # server2 (server)
    #   runs: fulcrum-server --name server2 --tcp 80 --udp 80
    ip netns add fulcrum-auto-gateway:server2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:server2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:server2 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:server2 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:server2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:server2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:server2 link set lo up

    # server3 (server)
    #   runs: fulcrum-server --name server3 --tcp 80 --udp 80
    ip netns add fulcrum-auto-gateway:server3
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:server3 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:server3 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:server3 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:server3 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:server3 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:server3 link set lo up

    # server4 (server)
    #   runs: fulcrum-server --name server4 --tcp 80 --udp 80
    ip netns add fulcrum-auto-gateway:server4
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:server4 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:server4 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:server4 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:server4 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:server4 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:server4 link set lo up

    # server5 (server)
    #   runs: fulcrum-server --name server5 --tcp 80 --udp 80
    ip netns add fulcrum-auto-gateway:server5
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:server5 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:server5 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:server5 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:server5 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:server5 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:server5 link set lo up

    # server6 (server)
    #   runs: fulcrum-server --name server6 --tcp 80 --udp 80
    ip netns add fulcrum-auto-gateway:server6
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway:server6 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-auto-gateway:server6 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-auto-gateway:server6 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-auto-gateway:server6 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-auto-gateway:server6 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-auto-gateway:server6 link set lo up

    ip netns add fulcrum-auto-gateway::segments
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-auto-gateway::segments sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip -n fulcrum-auto-gateway::segments link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment1
    ip -n fulcrum-auto-gateway::segments link set br0 up
    ip -n fulcrum-auto-gateway::segments link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment2
    ip -n fulcrum-auto-gateway::segments link set br1 up
    ip -n fulcrum-auto-gateway::segments link add br2 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment3
    ip -n fulcrum-auto-gateway::segments link set br2 up
    ip -n fulcrum-auto-gateway::segments link add br3 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment4
    ip -n fulcrum-auto-gateway::segments link set br3 up
    ip -n fulcrum-auto-gateway::segments link add br4 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment5
    ip -n fulcrum-auto-gateway::segments link set br4 up
    ip -n fulcrum-auto-gateway::segments link add port0 type veth peer name eth1 netns fulcrum-auto-gateway:router1
    ip -n fulcrum-auto-gateway::segments link set port0 mtu 1500 master br0 up
    ip -n fulcrum-auto-gateway::segments link add port1 type veth peer name eth0 netns fulcrum-auto-gateway:se1
    ip -n fulcrum-auto-gateway::segments link set port1 mtu 1500 master br0 up
    ip -n fulcrum-auto-gateway::segments link add port2 type veth peer name eth1 netns fulcrum-auto-gateway:router2
    ip -n fulcrum-auto-gateway::segments link set port2 mtu 1500 master br1 up
    ip -n fulcrum-auto-gateway::segments link add port3 type veth peer name eth1 netns fulcrum-auto-gateway:se1
    ip -n fulcrum-auto-gateway::segments link set port3 mtu 1500 master br1 up
    ip -n fulcrum-auto-gateway::segments link add port4 type veth peer name eth2 netns fulcrum-auto-gateway:se1
    ip -n fulcrum-auto-gateway::segments link set port4 mtu 1500 master br2 up
    ip -n fulcrum-auto-gateway::segments link add port5 type veth peer name eth0 netns fulcrum-auto-gateway:server1
    ip -n fulcrum-auto-gateway::segments link set port5 mtu 1500 master br2 up
    ip -n fulcrum-auto-gateway::segments link add port6 type veth peer name eth0 netns fulcrum-auto-gateway:server2
    ip -n fulcrum-auto-gateway::segments link set port6 mtu 1500 master br2 up
    ip -n fulcrum-auto-gateway::segments link add port7 type veth peer name eth3 netns fulcrum-auto-gateway:se1
    ip -n fulcrum-auto-gateway::segments link set port7 mtu 1500 master br3 up
    ip -n fulcrum-auto-gateway::segments link add port8 type veth peer name eth0 netns fulcrum-auto-gateway:server3
    ip -n fulcrum-auto-gateway::segments link set port8 mtu 1500 master br3 up
    ip -n fulcrum-auto-gateway::segments link add port9 type veth peer name eth0 netns fulcrum-auto-gateway:server4
    ip -n fulcrum-auto-gateway::segments link set port9 mtu 1500 master br3 up
    ip -n fulcrum-auto-gateway::segments link add port10 type veth peer name eth4 netns fulcrum-auto-gateway:se1
    ip -n fulcrum-auto-gateway::segments link set port10 mtu 1500 master br4 up
    ip -n fulcrum-auto-gateway::segments link add port11 type veth peer name eth0 netns fulcrum-auto-gateway:server5
    ip -n fulcrum-auto-gateway::segments link set port11 mtu 1500 master br4 up
    ip -n fulcrum-auto-gateway::segments link add port12 type veth peer name eth0 netns fulcrum-auto-gateway:server6
    ip -n fulcrum-auto-gateway::segments link set port12 mtu 1500 master br4 up
    ip -n fulcrum-auto-gateway:client1 link add eth0 type veth peer name eth0 netns fulcrum-auto-gateway:router3
    ip -n fulcrum-auto-gateway:client2 link add eth0 type veth peer name eth1 netns fulcrum-auto-gateway:router3
    ip -n fulcrum-auto-gateway:router3 link add eth2 type veth peer name eth0 netns fulcrum-auto-gateway:router1
    ip -n fulcrum-auto-gateway:router3 link add eth3 type veth peer name eth0 netns fulcrum-auto-gateway:router2

    ip -n fulcrum-auto-gateway:client1 link set eth0 mtu 1500 address 02:62:63:79:ca:57
    ip -n fulcrum-auto-gateway:client1 address add 198.51.100.101/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:client1 link set eth0 up

    ip -n fulcrum-auto-gateway:client2 link set eth0 mtu 1500 address 02:6c:ac:2d:8d:b1
    ip -n fulcrum-auto-gateway:client2 address add 203.0.113.101/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:client2 link set eth0 up

    ip -n fulcrum-auto-gateway:router1 link set eth0 mtu 1500 address 02:af:6f:2e:13:fc
    ip -n fulcrum-auto-gateway:router1 address add 100.64.1.2/30 brd + dev eth0
    ip -n fulcrum-auto-gateway:router1 link set eth0 up
    ip -n fulcrum-auto-gateway:router1 link set eth1 mtu 1500 address 02:a2:66:fc:6a:4d
    ip -n fulcrum-auto-gateway:router1 address add 192.168.2.1/24 brd + dev eth1
    ip -n fulcrum-auto-gateway:router1 link set eth1 up

    ip -n fulcrum-auto-gateway:router2 link set eth0 mtu 1500 address 02:89:2a:b4:f7:62
    ip -n fulcrum-auto-gateway:router2 address add 100.64.2.2/30 brd + dev eth0
    ip -n fulcrum-auto-gateway:router2 link set eth0 up
    ip -n fulcrum-auto-gateway:router2 link set eth1 mtu 1500 address 02:30:71:c3:fc:d1
    ip -n fulcrum-auto-gateway:router2 address add 192.168.3.1/24 brd + dev eth1
    ip -n fulcrum-auto-gateway:router2 link set eth1 up

    ip -n fulcrum-auto-gateway:router3 link set eth0 mtu 1500 address 02:ce:88:ae:8b:ab
    ip -n fulcrum-auto-gateway:router3 address add 198.51.100.1/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:router3 link set eth0 up
    ip -n fulcrum-auto-gateway:router3 link set eth1 mtu 1500 address 02:2c:ed:36:61:2f
    ip -n fulcrum-auto-gateway:router3 address add 203.0.113.1/24 brd + dev eth1
    ip -n fulcrum-auto-gateway:router3 link set eth1 up
    ip -n fulcrum-auto-gateway:router3 link set eth2 mtu 1500 address 02:00:96:e8:50:4d
    ip -n fulcrum-auto-gateway:router3 address add 100.64.1.1/30 brd + dev eth2
    ip -n fulcrum-auto-gateway:router3 link set eth2 up
    ip -n fulcrum-auto-gateway:router3 link set eth3 mtu 1500 address 02:b5:19:10:fd:f7
    ip -n fulcrum-auto-gateway:router3 address add 100.64.2.1/30 brd + dev eth3
    ip -n fulcrum-auto-gateway:router3 link set eth3 up

    ip -n fulcrum-auto-gateway:se1 link set eth0 mtu 1500 arp off
    ip -n fulcrum-auto-gateway:se1 link set eth0 up
    ip -n fulcrum-auto-gateway:se1 link set eth1 mtu 1500 arp off
    ip -n fulcrum-auto-gateway:se1 link set eth1 up
    ip -n fulcrum-auto-gateway:se1 link set eth2 mtu 1500 arp off
    ip -n fulcrum-auto-gateway:se1 link set eth2 up
    ip -n fulcrum-auto-gateway:se1 link set eth3 mtu 1500 arp off
    ip -n fulcrum-auto-gateway:se1 link set eth3 up
    ip -n fulcrum-auto-gateway:se1 link set eth4 mtu 1500 arp off
    ip -n fulcrum-auto-gateway:se1 link set eth4 up

    ip -n fulcrum-auto-gateway:server1 link set eth0 mtu 1500 address 02:c6:cf:16:bc:4a
    ip -n fulcrum-auto-gateway:server1 address add 10.10.10.11/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:server1 link set eth0 up

    ip -n fulcrum-auto-gateway:server2 link set eth0 mtu 1500 address 02:6c:06:6f:64:53
    ip -n fulcrum-auto-gateway:server2 address add 10.10.10.12/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:server2 link set eth0 up

    ip -n fulcrum-auto-gateway:server3 link set eth0 mtu 1500 address 02:30:f1:6a:91:5d
    ip -n fulcrum-auto-gateway:server3 address add 10.10.20.11/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:server3 link set eth0 up

    ip -n fulcrum-auto-gateway:server4 link set eth0 mtu 1500 address 02:97:7d:28:25:aa
    ip -n fulcrum-auto-gateway:server4 address add 10.10.20.12/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:server4 link set eth0 up

    ip -n fulcrum-auto-gateway:server5 link set eth0 mtu 1500 address 02:d1:ad:e4:26:45
    ip -n fulcrum-auto-gateway:server5 address add 10.10.30.11/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:server5 link set eth0 up

    ip -n fulcrum-auto-gateway:server6 link set eth0 mtu 1500 address 02:91:4e:13:96:b9
    ip -n fulcrum-auto-gateway:server6 address add 10.10.30.12/24 brd + dev eth0
    ip -n fulcrum-auto-gateway:server6 link set eth0 up

    ip -n fulcrum-auto-gateway:client1 route add default via 198.51.100.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:client2 route add default via 203.0.113.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router1 route add 198.51.100.0/24 via 100.64.1.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router1 route add 203.0.113.0/24 via 100.64.1.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router1 route add 100.64.2.0/30 via 100.64.1.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router1 route add 192.168.3.0/24 via 100.64.1.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router2 route add 198.51.100.0/24 via 100.64.2.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router2 route add 203.0.113.0/24 via 100.64.2.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router2 route add 100.64.1.0/30 via 100.64.2.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router2 route add 192.168.2.0/24 via 100.64.2.1 dev eth0 proto static
    ip -n fulcrum-auto-gateway:router3 route add 192.168.2.0/24 via 100.64.1.2 dev eth2 proto static
    ip -n fulcrum-auto-gateway:router3 route add 192.168.3.0/24 via 100.64.2.2 dev eth3 proto static
    trap - EXIT
}

down() {
    ip netns del fulcrum-auto-gateway:client1 || :
    ip netns del fulcrum-auto-gateway:client2 || :
    ip netns del fulcrum-auto-gateway:router1 || :
    ip netns del fulcrum-auto-gateway:router2 || :
    ip netns del fulcrum-auto-gateway:router3 || :
    ip netns del fulcrum-auto-gateway:se1 || :
    ip netns del fulcrum-auto-gateway:server1 || :
    ip netns del fulcrum-auto-gateway:server2 || :
    ip netns del fulcrum-auto-gateway:server3 || :
    ip netns del fulcrum-auto-gateway:server4 || :
    ip netns del fulcrum-auto-gateway:server5 || :
    ip netns del fulcrum-auto-gateway:server6 || :
    ip netns del fulcrum-auto-gateway::segments || :
}

case ${1:-up} in
up) up ;;
in) node=$2; shift 2; exec ip netns exec fulcrum-auto-gateway:"$node" "$@" ;;
down) down ;;
*) echo "usage: $0 up | in NODE CMD... | down" >&2; exit 2 ;;
esac
