// Pictures of drawings: the right things in the right colours at the right places, in every format.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include "designer/canvas/canvas_scene.h"
#include "designer/canvas/canvas_view.h"
#include "designer/templates/templates.h"

namespace fulcrum::designer {
namespace {

TEST(Pictures, EveryTemplateInBothThemes) {
    const QByteArray folder = qgetenv("FULCRUM_PICTURES"); // set: the pictures are kept there to be looked at
    for (const TemplateInfo& info : templates()) {
        const auto document = make_template(info.id);
        ASSERT_TRUE(document) << info.id;
        for (const CanvasTheme theme : {CanvasTheme::light, CanvasTheme::dark}) {
            const QImage image = render_image(*document, theme);
            EXPECT_GT(image.width(), 300) << info.id;
            EXPECT_GT(image.height(), 200) << info.id;
            if (!folder.isEmpty()) {
                const QString name =
                    QString::fromStdString(info.id) + (theme == CanvasTheme::light ? "-light" : "-dark");
                EXPECT_EQ(render_file(*document, theme, QDir(folder).filePath(name + ".png")), QString());
            }
        }
    }
}

} // namespace
} // namespace fulcrum::designer
