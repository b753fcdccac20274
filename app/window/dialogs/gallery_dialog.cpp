#include "app/window/dialogs/gallery_dialog.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>

#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/icons.h"
#include "designer/templates/templates.h"

namespace fulcrum::window {

using namespace designer;

namespace {

constexpr QSize thumbnail_size{268, 156};
constexpr int margin = 10;
constexpr int text_lines = 5; // of the description
constexpr int id_role = Qt::UserRole;
constexpr int text_role = Qt::UserRole + 1;
constexpr int runs_role = Qt::UserRole + 2;
constexpr int picture_role = Qt::UserRole + 3;

// A card: picture, title, description, and a word when it cannot be launched yet.
class CardDelegate : public QStyledItemDelegate {
public:
    CardDelegate(const Theme* theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
        const int line = option.fontMetrics.lineSpacing();
        return {thumbnail_size.width() + 2 * margin,
                thumbnail_size.height() + 3 * margin + line + text_lines * line + 2};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const ThemeColors& colors = theme_->colors();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const QRectF card = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5);
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
        painter->setPen(QPen(selected || hovered ? colors.accent : colors.line, selected ? 2 : 1));
        painter->setBrush(selected ? designer::mixed(colors.surface, colors.accent, 0.14) : colors.surface);
        painter->drawRoundedRect(card, 6, 6);

        const QRect picture_rect(option.rect.topLeft() + QPoint(margin, margin), thumbnail_size);
        const QPixmap picture = index.data(picture_role).value<QPixmap>();
        if (picture.isNull()) {
            painter->fillRect(picture_rect, designer::Palette::of(theme_->canvas_theme()).ground);
        } else {
            painter->drawPixmap(picture_rect, picture);
        }
        const int line = option.fontMetrics.lineSpacing();
        QRect text_rect(picture_rect.left(), picture_rect.bottom() + margin, picture_rect.width(), line);
        if (!index.data(runs_role).toBool()) {
            paint_badge(painter, picture_rect, option.font);
        }
        QFont bold = option.font;
        bold.setBold(true);
        painter->setFont(bold);
        painter->setPen(colors.text);
        painter->drawText(
            text_rect, Qt::AlignLeft | Qt::AlignVCenter,
            QFontMetrics(bold).elidedText(index.data().toString(), Qt::ElideRight, text_rect.width()));
        text_rect.moveTop(text_rect.bottom() + 3);
        text_rect.setHeight(text_lines * line);
        painter->setFont(option.font);
        painter->setPen(colors.muted);
        painter->setClipRect(text_rect);
        painter->drawText(text_rect, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                          index.data(text_role).toString());
        painter->restore();
    }

private:
    void paint_badge(QPainter* painter, const QRect& picture, const QFont& font) const {
        const QString words = GalleryDialog::tr("not yet running");
        QFont small = font;
        small.setPointSizeF(font.pointSizeF() * 0.9);
        painter->setFont(small);
        const QFontMetrics metrics(small);
        const QRect badge(picture.right() - metrics.horizontalAdvance(words) - 16, picture.top() + 6,
                          metrics.horizontalAdvance(words) + 12, metrics.height() + 4);
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme_->colors().warning);
        painter->drawRoundedRect(badge, 4, 4);
        painter->setPen(designer::ink_on(theme_->colors().warning));
        painter->drawText(badge, Qt::AlignCenter, words);
    }

    const Theme* theme_;
};

} // namespace

GalleryDialog::GalleryDialog(const Theme* theme, QWidget* parent)
    : QDialog(parent), theme_(theme), search_(new QLineEdit(this)), list_(new QListWidget(this)) {
    setWindowTitle(tr("New drawing"));
    auto* headline = new QLabel(tr("Start from a drawing that works, or from an empty sheet."), this);
    search_->setPlaceholderText(tr("Search"));
    search_->setClearButtonEnabled(true);
    search_->setMaximumWidth(240);
    list_->setViewMode(QListView::IconMode);
    list_->setMovement(QListView::Static);
    list_->setResizeMode(QListView::Adjust);
    list_->setSpacing(6);
    list_->setUniformItemSizes(true);
    list_->setMouseTracking(true);
    list_->setItemDelegate(new CardDelegate(theme_, list_));
    list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list_->setAccessibleName(tr("Templates"));
    QPalette palette = list_->palette();
    palette.setColor(QPalette::Base, theme_->colors().ground);
    list_->setPalette(palette);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Open | QDialogButtonBox::Cancel, this);
    open_ = buttons->button(QDialogButtonBox::Open);
    open_->setText(tr("&Use it"));
    open_->setDefault(true);
    auto* top = new QHBoxLayout;
    top->addWidget(headline, 1);
    top->addWidget(search_);
    auto* column = new QVBoxLayout(this);
    column->addLayout(top);
    column->addWidget(list_);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(list_, &QListWidget::itemActivated, this, &QDialog::accept);
    connect(list_, &QListWidget::currentItemChanged, this,
            [this] { open_->setEnabled(list_->currentItem() != nullptr); });
    connect(search_, &QLineEdit::textChanged, this, &GalleryDialog::filter);

    fill();
    // Three cards side by side; with more rows than fit, half a row shows that there is more to scroll to.
    const QSize card = list_->sizeHintForIndex(list_->model()->index(0, 0));
    const double rows = std::min((list_->count() + 2) / 3 + 0.05, 2.5);
    resize((card.width() + 12) * 3 + 60, static_cast<int>((card.height() + 12) * rows) + 110);
    list_->setFocus();
    QTimer::singleShot(0, this, &GalleryDialog::paint_next_thumbnail);
}

void GalleryDialog::fill() {
    auto* empty = new QListWidgetItem(tr("Empty sheet"), list_);
    empty->setData(text_role, tr("Draw it all yourself."));
    empty->setData(runs_role, true);
    for (const TemplateInfo& info : templates()) {
        auto* item = new QListWidgetItem(to_q(info.title), list_);
        item->setData(id_role, to_q(info.id));
        item->setData(text_role, to_q(info.description));
        item->setData(runs_role, info.runs);
        item->setToolTip(QStringLiteral("<p><b>%1</b> (%2)</p><p>%3</p>")
                             .arg(to_q(info.title).toHtmlEscaped(), to_q(info.id),
                                  to_q(info.description).toHtmlEscaped()));
    }
    list_->setCurrentRow(list_->count() > 1 ? 1 : 0);
}

void GalleryDialog::paint_next_thumbnail() {
    if (next_thumbnail_ >= list_->count()) {
        return;
    }
    QListWidgetItem* item = list_->item(next_thumbnail_++);
    const QString id = item->data(id_role).toString();
    const qreal ratio = devicePixelRatioF();
    if (id.isEmpty()) {
        QPixmap sheet(thumbnail_size * ratio);
        sheet.setDevicePixelRatio(ratio);
        sheet.fill(designer::Palette::of(theme_->canvas_theme()).ground);
        QPainter painter(&sheet);
        paint_icon(painter, "new", theme_->canvas_theme(),
                   QRectF(thumbnail_size.width() / 2.0 - 20, thumbnail_size.height() / 2.0 - 20, 40, 40));
        painter.end();
        item->setData(picture_role, sheet);
    } else if (const auto document = make_template(to_std(id))) {
        QPixmap picture =
            QPixmap::fromImage(render_image(*document, theme_->canvas_theme(), thumbnail_size * ratio));
        picture.setDevicePixelRatio(ratio);
        item->setData(picture_role, picture);
    }
    QTimer::singleShot(0, this, &GalleryDialog::paint_next_thumbnail);
}

void GalleryDialog::filter(const QString& text) {
    for (int i = 0; i < list_->count(); ++i) {
        QListWidgetItem* item = list_->item(i);
        const QString all =
            item->text() + ' ' + item->data(text_role).toString() + ' ' + item->data(id_role).toString();
        item->setHidden(!all.contains(text.trimmed(), Qt::CaseInsensitive));
    }
}

std::optional<Document> GalleryDialog::chosen() const {
    const QListWidgetItem* item = list_->currentItem();
    if (item == nullptr) {
        return std::nullopt;
    }
    const QString id = item->data(id_role).toString();
    if (id.isEmpty()) {
        return Document{};
    }
    auto document = make_template(to_std(id));
    return document ? std::optional(std::move(*document)) : std::nullopt;
}

std::optional<Document> GalleryDialog::choose(const Theme* theme, QWidget* parent) {
    GalleryDialog dialog(theme, parent);
    return dialog.exec() == QDialog::Accepted ? dialog.chosen() : std::nullopt;
}

} // namespace fulcrum::window
