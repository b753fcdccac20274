#include "app/window/inspector/follow_window.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QSettings>
#include <QShortcut>
#include <QVBoxLayout>

#include "app/window/inspector/hex_view.h"
#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "designer/canvas/palette.h"

namespace fulcrum::window {

namespace {

constexpr auto geometry_key = "inspector/follow_geometry";
constexpr std::size_t most_shown = 4 * 1024 * 1024; // more makes a text field slow
constexpr qsizetype longest_line = 2000;            // bytes without a line end are broken

// Whether the choice of directions (both, from a, from b) has what this side said.
bool is_of(int direction, bool from_b) {
    return direction != (from_b ? 1 : 2);
}

// Bytes as text that can be read: line ends as they are meant, everything that cannot be printed as a dot.
QString readable(const std::string& bytes) {
    QString text = QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
    if (text.contains(QChar::ReplacementCharacter)) {
        text = QString::fromLatin1(bytes.data(), static_cast<qsizetype>(bytes.size()));
    }
    text.replace("\r\n", "\n");
    QString out;
    out.reserve(text.size());
    qsizetype in_line = 0;
    for (const QChar c : text) {
        out += c == u'\n' || c == u'\t' || c.isPrint() ? c : QChar(u'·');
        in_line = c == u'\n' ? 0 : in_line + 1;
        if (in_line == longest_line) {
            out += u'\n';
            in_line = 0;
        }
    }
    return out;
}

} // namespace

FollowWindow::FollowWindow(std::shared_ptr<capture::CaptureFile> file, bool is_udp, std::uint32_t stream,
                           std::uint32_t interface, const Theme* theme, QWidget* parent)
    : QWidget(parent, Qt::Window), file_(std::move(file)), is_udp_(is_udp), stream_number_(stream),
      theme_(theme), interfaces_(new QComboBox(this)), directions_(new QComboBox(this)),
      shape_(new QComboBox(this)), search_(new QLineEdit(this)), text_(new QPlainTextEdit(this)),
      said_(new QLabel(this)), hint_(new QLabel(this)) {
    setObjectName("follow_window");
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("%1 stream %2").arg(QLatin1String(is_udp ? "UDP" : "TCP")).arg(stream));
    interfaces_->setToolTip(tr("Where the stream was captured"));
    interfaces_->setAccessibleName(tr("Interface"));
    directions_->setAccessibleName(tr("Direction"));
    shape_->setAccessibleName(tr("Show as"));
    for (QComboBox* box : {interfaces_, directions_, shape_}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    }
    shape_->addItems({tr("Text"), tr("Hex dump")});
    search_->setPlaceholderText(tr("Search"));
    search_->setClearButtonEnabled(true);
    search_->setMaximumWidth(260);
    text_->setReadOnly(true);
    text_->document()->setDocumentMargin(8);
    text_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    text_->setFrameShape(QFrame::NoFrame);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text_->setAccessibleName(tr("What was said"));
    hint_->setForegroundRole(QPalette::PlaceholderText);

    auto* filter = new QPushButton(tr("&Filter to this stream"), this);
    auto* save_button = new QPushButton(tr("&Save…"), this);
    auto* close_button = new QPushButton(tr("&Close"), this);
    for (QPushButton* button : {filter, save_button, close_button}) {
        button->setAutoDefault(false);
    }
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 6);
    top->setSpacing(8);
    top->addWidget(interfaces_);
    top->addWidget(directions_);
    top->addWidget(shape_);
    top->addStretch(1);
    top->addWidget(hint_);
    top->addWidget(search_, 1);
    auto* bottom = new QHBoxLayout;
    bottom->setContentsMargins(8, 6, 8, 6);
    bottom->setSpacing(8);
    bottom->addWidget(said_, 1);
    bottom->addWidget(filter);
    bottom->addWidget(save_button);
    bottom->addWidget(close_button);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(top);
    column->addWidget(text_, 1);
    column->addLayout(bottom);
    resize(900, 640);
    restoreGeometry(QSettings().value(geometry_key).toByteArray());

    connect(filter, &QPushButton::clicked, this, [this] {
        emit filter_wanted(
            QStringLiteral("%1.stream == %2").arg(is_udp_ ? "udp" : "tcp").arg(stream_number_));
    });
    connect(save_button, &QPushButton::clicked, this, &FollowWindow::save);
    connect(close_button, &QPushButton::clicked, this, &QWidget::close);
    connect(interfaces_, &QComboBox::activated, this,
            [this](int index) { read(stream_.interfaces[static_cast<std::size_t>(index)]); });
    connect(directions_, &QComboBox::currentIndexChanged, this, &FollowWindow::write_text);
    connect(shape_, &QComboBox::currentIndexChanged, this, &FollowWindow::write_text);
    connect(search_, &QLineEdit::returnPressed, this, [this] { search(false); });
    connect(search_, &QLineEdit::textEdited, this, [this] {
        text_->moveCursor(QTextCursor::Start);
        search(false);
    });
    const auto key = [this](const QKeySequence& keys, auto done) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, done);
    };
    key(QKeySequence::Find, [this] { search_->setFocus(); });
    key(QKeySequence::FindNext, [this] { search(false); });
    key(QKeySequence::FindPrevious, [this] { search(true); });
    key(QKeySequence(Qt::Key_Escape), [this] { close(); });
    connect(theme_, &Theme::changed, this, &FollowWindow::write_text);
    read(interface);
}

FollowWindow::~FollowWindow() {
    *cancelled_ = true;
    QSettings().setValue(geometry_key, saveGeometry());
}

void FollowWindow::read(std::uint32_t interface) {
    *cancelled_ = true;
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    reading_ = true;
    said_->setText(tr("Reading…"));
    in_background(
        this,
        [file = file_, is_udp = is_udp_, stream = stream_number_, interface, cancelled = cancelled_] {
            return capture::follow_stream(*file, is_udp, stream, interface, most_shown, cancelled.get());
        },
        [this, cancelled = cancelled_](const capture::FollowedStream& stream) {
            if (*cancelled) {
                return;
            }
            reading_ = false;
            stream_ = stream;
            show_stream();
        });
}

void FollowWindow::show_stream() {
    const QSignalBlocker quiet_interfaces(interfaces_);
    const QSignalBlocker quiet_directions(directions_);
    interfaces_->clear();
    for (std::size_t i = 0; i < stream_.interfaces.size(); ++i) {
        const QString name = to_q(stream_.interface_names[i]);
        interfaces_->addItem(name.isEmpty() ? tr("Interface %1").arg(stream_.interfaces[i]) : name);
        if (stream_.interfaces[i] == stream_.interface) {
            interfaces_->setCurrentIndex(static_cast<int>(i));
        }
    }
    interfaces_->setVisible(interfaces_->count() > 1 || !interfaces_->currentText().isEmpty());
    const int direction = std::max(0, directions_->currentIndex());
    directions_->clear();
    directions_->addItem(tr("Both directions"));
    directions_->addItem(QStringLiteral("%1 → %2").arg(to_q(stream_.a), to_q(stream_.b)));
    directions_->addItem(QStringLiteral("%1 → %2").arg(to_q(stream_.b), to_q(stream_.a)));
    directions_->setCurrentIndex(direction);
    write_text();
}

void FollowWindow::write_text() {
    const ThemeColors& colors = theme_->colors();
    const QColor inks[2] = {colors.request, colors.answer};
    text_->clear();
    QTextCursor cursor(text_->document());
    cursor.beginEditBlock();
    for (const capture::StreamPiece& piece : stream_.pieces) {
        const std::size_t side = piece.from_b ? 1 : 0;
        const auto size = static_cast<std::uint32_t>(piece.bytes.size());
        if (is_of(directions_->currentIndex(), piece.from_b)) {
            QTextCharFormat format;
            if (piece.lost > 0) {
                format.setForeground(colors.error);
                cursor.insertText(
                    tr("[%n byte(s) were not captured]", nullptr, static_cast<int>(piece.lost)) + '\n',
                    format);
            }
            format.setForeground(designer::mixed(inks[side], colors.text, 0.25));
            format.setBackground(designer::mixed(colors.surface, inks[side], 0.08));
            if (shape_->currentIndex() == 1) {
                const QByteArray bytes = QByteArray::fromRawData(piece.bytes.data(), size);
                cursor.insertText(HexView::dump(bytes, 0, size) + '\n', format);
            } else {
                cursor.insertText(readable(piece.bytes), format);
                if (is_udp_ && !piece.bytes.ends_with('\n')) {
                    cursor.insertText("\n", format); // datagrams do not run into each other
                }
            }
        }
    }
    cursor.endEditBlock();
    text_->moveCursor(QTextCursor::Start);
    const QLocale locale;
    const auto side_text = [&](const std::string& from, std::size_t side) {
        return QStringLiteral("<span style='color:%1'>■</span> %2: %3")
            .arg(inks[side].name(), to_q(from).toHtmlEscaped(),
                 tr("%n packet(s), %1", nullptr, static_cast<int>(stream_.packets[side]))
                     .arg(locale.formattedDataSize(static_cast<qint64>(stream_.bytes[side]))));
    };
    QString said = side_text(stream_.a, 0) + QStringLiteral("&nbsp;&nbsp; ") + side_text(stream_.b, 1);
    if (stream_.cut) {
        said += QStringLiteral("&nbsp;&nbsp; <b>%1</b>")
                    .arg(tr("Only the beginning is shown; Save writes all of it."));
    } else if (stream_.pieces.empty()) {
        said += QStringLiteral("&nbsp;&nbsp; %1").arg(tr("No data was sent."));
    }
    said_->setText(said);
}

void FollowWindow::search(bool backwards) {
    const QString wanted = search_->text();
    hint_->clear();
    if (wanted.isEmpty()) {
        return;
    }
    const QTextDocument::FindFlags flags =
        backwards ? QTextDocument::FindBackward : QTextDocument::FindFlags();
    if (!text_->find(wanted, flags)) {
        const QTextCursor before = text_->textCursor();
        text_->moveCursor(backwards ? QTextCursor::End : QTextCursor::Start);
        if (!text_->find(wanted, flags)) {
            text_->setTextCursor(before);
            hint_->setText(tr("not found"));
        }
    }
}

void FollowWindow::save() {
    const QString path = QFileDialog::getSaveFileName(this, tr("Save what was said"), "stream.bin");
    if (path.isEmpty()) {
        return;
    }
    // Read once more: what is shown may be only the beginning.
    saving_ = true;
    hint_->setText(tr("Saving…"));
    in_background(
        this,
        [file = file_, is_udp = is_udp_, stream = stream_number_, interface = stream_.interface,
         direction = directions_->currentIndex(), path] {
            QSaveFile out(path);
            bool good = out.open(QIODevice::WriteOnly);
            const auto write = [&](bool from_b, std::string_view bytes) {
                const auto size = static_cast<qint64>(bytes.size());
                good = good && (!is_of(direction, from_b) || out.write(bytes.data(), size) == size);
                return good;
            };
            if (good) {
                capture::tell_stream(*file, is_udp, stream, interface, write);
            }
            return good && out.commit() ? QString() : out.errorString();
        },
        [this, path](const QString& why) {
            saving_ = false;
            hint_->setText(why.isEmpty() ? tr("saved") : QString());
            if (!why.isEmpty()) {
                QMessageBox::warning(this, tr("Save"), tr("%1 could not be written: %2").arg(path, why));
            }
        });
}

} // namespace fulcrum::window
