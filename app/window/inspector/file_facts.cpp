#include "app/window/inspector/file_facts.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QRegularExpression>
#include <QTableWidget>
#include <QVBoxLayout>

#include "app/window/inspector/cell_delegate.h"
#include "app/window/inspector/inspected_file.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

namespace {

constexpr std::size_t most_interfaces = 10'000; // rows; a file from outside can name any number

QString count_text(const std::optional<std::uint64_t>& count) {
    return count ? QLocale().toString(static_cast<qulonglong>(*count)) : QStringLiteral("–");
}

} // namespace

FileFacts::FileFacts(const InspectedFile& file, QWidget* parent) : QDialog(parent) {
    setWindowTitle(tr("About this file"));
    const QLocale locale;
    auto* form = new QFormLayout;
    const auto add = [&](const QString& name, const QString& text) {
        if (text.isEmpty()) {
            return;
        }
        auto* label = new QLabel(text, this);
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        form->addRow(name, label);
    };
    auto* table = new QTableWidget(0, 5, this);
    add(tr("File:"), file.path());
    add(tr("Size:"), locale.formattedDataSize(static_cast<qint64>(file.capture()->bytes().size())));
    add(tr("Packets:"), locale.toString(static_cast<qulonglong>(file.size())));
    QStringList comments;
    for (const std::string& comment : file.file_comments()) {
        comments << to_q(comment);
    }
    add(tr("Comment:"), comments.join('\n'));
    {
        const capture::CaptureFile::Reading reading(*file.capture());
        if (!reading.sections().empty()) {
            const auto& section = reading.sections().front();
            add(tr("Written by:"), to_q(section.application));
            add(tr("On:"), QStringList({to_q(section.os), to_q(section.hardware)})
                               .filter(QRegularExpression("."))
                               .join(", "));
        }
        const auto& interfaces = reading.interfaces();
        table->setRowCount(static_cast<int>(std::min(interfaces.size(), most_interfaces)));
        for (int row = 0; row < table->rowCount(); ++row) {
            const auto& interface = interfaces[static_cast<std::size_t>(row)];
            const QString cells[] = {interface.name.empty() ? tr("Interface %1").arg(row)
                                                            : to_q(interface.name),
                                     count_text(interface.received), count_text(interface.dropped),
                                     to_q(interface.description), to_q(interface.filter)};
            for (int column = 0; column < 5; ++column) {
                auto* cell = new QTableWidgetItem(cells[column]);
                cell->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
                cell->setTextAlignment((column == 1 || column == 2 ? Qt::AlignRight : Qt::AlignLeft) |
                                       Qt::AlignVCenter);
                table->setItem(row, column, cell);
            }
        }
    }
    table->setHorizontalHeaderLabels(
        {tr("Interface"), tr("Received"), tr("Dropped"), tr("Description"), tr("Capture filter")});
    table->setItemDelegate(new CellDelegate(table));
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setStretchLastSection(true);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 6);
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton* comment = buttons->addButton(tr("&Comment…"), QDialogButtonBox::ActionRole);
    auto* column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addWidget(table, 1);
    column->addWidget(buttons);
    resize(640, 460);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(comment, &QPushButton::clicked, this, [this] {
        emit comment_wanted();
        accept();
    });
}

} // namespace fulcrum::window
