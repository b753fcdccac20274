// Who may make labs, and who exists inside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netns/kernel/id_map.h"
#include "netns/kernel/user_names.h"
#include "netns/kernel/user_namespace.h"

namespace fulcrum::netns {
namespace {

using ::testing::HasSubstr;

TEST(IdMap, SubordinateRangeByNameOrNumber) {
    const std::string text = "# comment\nann:100000:65536\nbroken\n1001:200000:1000\n";
    EXPECT_EQ(subordinate_range(text, "ann", 1000).first, 100000U);
    EXPECT_EQ(subordinate_range(text, "bob", 1001).count, 1000U);
    EXPECT_EQ(subordinate_range(text, "", 1002).count, 0U);
    EXPECT_EQ(subordinate_range("ann:x:5\nann:7:0\n", "ann", 1).count, 0U);
}

TEST(UserNamespace, RefusalNamesTheSettingAndTheWayOut) {
    EXPECT_EQ(explain_refusal({.unprivileged_userns_clone = "1", .max_user_namespaces = "100"}, "x"), "");
    EXPECT_THAT(explain_refusal({.unprivileged_userns_clone = "0"}, "x"),
                HasSubstr("sysctl kernel.unprivileged_userns_clone=1"));
    EXPECT_THAT(explain_refusal({.max_user_namespaces = "0", .root = true}, "x"),
                HasSubstr("sysctl user.max_user_namespaces=10000"));
    EXPECT_THAT(explain_refusal({.apparmor_restrict_unprivileged_userns = "1"}, "/usr/bin/fulcrum-lab"),
                HasSubstr("AppArmor profile"));
    EXPECT_EQ(explain_refusal({.apparmor_restrict_unprivileged_userns = "1", .root = true}, "x"), "");
}

TEST(UserNames, AllIdsBecomeZero) {
    EXPECT_EQ(with_all_ids_zero("root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:34::/var/www:/none\n", false),
              "root:x:0:0:root:/root:/bin/sh\nwww-data:x:0:0::/var/www:/none\n");
    EXPECT_EQ(with_all_ids_zero("adm:x:4:a,b\n", true), "adm:x:0:a,b\n");
    EXPECT_EQ(with_all_ids_zero("# odd\n\na:b\nlast:x:1:2", false), "# odd\n\na:b\nlast:x:0:0\n");
}

} // namespace
} // namespace fulcrum::netns
