#include "app/window/dialogs/capture_dialog.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QVBoxLayout>

#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "capture/bpf_filter.h"

namespace fulcrum::window {

namespace {

constexpr auto folder_key = "capture_folder"; // where captures are opened from, too
constexpr auto group_key = "capture";
constexpr int headers_bytes = 256; // Ethernet, IP, TCP with options, and the beginning of an HTTP head
constexpr int most_listed = 7;     // link ends that are seen without scrolling

// A check box before what it switches on.
QHBoxLayout* switched(QCheckBox* box, std::initializer_list<QWidget*> fields) {
    auto* row = new QHBoxLayout;
    row->addWidget(box);
    for (QWidget* field : fields) {
        row->addWidget(field);
        field->setEnabled(box->isChecked());
        QObject::connect(box, &QCheckBox::toggled, field, &QWidget::setEnabled);
    }
    row->addStretch(1);
    return row;
}

} // namespace

CaptureDialog::CaptureDialog(const QString& lab, const QStringList& link_ends, const Theme* theme,
                             QWidget* parent)
    : QDialog(parent), lab_(lab), theme_(theme), file_(new QLineEdit(this)), filter_(new QLineEdit(this)),
      links_(new QListWidget(this)), all_links_(new QCheckBox(tr("&All links"), this)),
      cuts_(new QCheckBox(tr("Only the &first"), this)),
      is_ring_(new QCheckBox(tr("&Keep only the newest"), this)),
      has_limit_(new QCheckBox(tr("&End after"), this)), filter_fault_(new QLabel(this)),
      snaplen_(new QSpinBox(this)), ring_files_(new QSpinBox(this)), ring_megabytes_(new QSpinBox(this)),
      seconds_(new QDoubleSpinBox(this)) {
    setObjectName("capture_dialog");
    setWindowTitle(tr("Capture lab %1").arg(lab));
    make_fields();
    propose(link_ends);
    lay_out();
    connect(all_links_, &QCheckBox::toggled, this, &CaptureDialog::show_state);
    connect(links_, &QListWidget::itemChanged, this, &CaptureDialog::show_state);
    connect(file_, &QLineEdit::textChanged, this, &CaptureDialog::show_state);
    connect(filter_, &QLineEdit::textChanged, this, &CaptureDialog::check_filter);
    check_filter();
}

void CaptureDialog::make_fields() {
    file_->setObjectName("capture_file");
    all_links_->setObjectName("capture_all_links");
    cuts_->setObjectName("capture_cuts");
    is_ring_->setObjectName("capture_is_ring");
    has_limit_->setObjectName("capture_has_limit");
    snaplen_->setObjectName("capture_snaplen");
    seconds_->setObjectName("capture_seconds");
    file_->setMinimumWidth(fontMetrics().averageCharWidth() * 48);
    filter_->setObjectName("capture_filter");
    filter_->setPlaceholderText(tr("every packet; as in tcp port 80 and host 10.1.1.100"));
    filter_->setClearButtonEnabled(true);
    filter_->setToolTip(tr("A capture filter, pcap-filter(7): the kernel hands over what it takes"));
    filter_fault_->setObjectName("capture_filter_fault");
    filter_fault_->setWordWrap(true);
    QPalette red = filter_fault_->palette();
    red.setColor(QPalette::WindowText, theme_->colors().error);
    filter_fault_->setPalette(red);
    links_->setObjectName("capture_links");
    links_->setAccessibleName(tr("Link ends"));
    cuts_->setToolTip(tr("On a link at 10 Gbit/s whole packets cost 17 % of the throughput, and 70 % of them "
                         "were dropped and counted;\nwith 256 bytes of each it was 13 %, and none."));
    snaplen_->setRange(64, 262'144);
    snaplen_->setValue(headers_bytes);
    snaplen_->setSuffix(tr(" bytes of each"));
    ring_files_->setRange(2, 10'000);
    ring_files_->setValue(4);
    ring_files_->setSuffix(tr(" files"));
    ring_megabytes_->setRange(1, 1024 * 1024);
    ring_megabytes_->setValue(64);
    ring_megabytes_->setPrefix(tr("of "));
    ring_megabytes_->setSuffix(tr(" MB"));
    seconds_->setRange(0.1, 1e6);
    seconds_->setDecimals(1);
    seconds_->setValue(60);
    seconds_->setSuffix(tr(" s"));
}

void CaptureDialog::lay_out() {
    auto* form = new QFormLayout;
    auto* browse_button = new QPushButton(tr("&Browse…"), this);
    browse_button->setAutoDefault(false);
    connect(browse_button, &QPushButton::clicked, this, &CaptureDialog::browse);
    auto* file_row = new QHBoxLayout;
    file_row->addWidget(file_, 1);
    file_row->addWidget(browse_button);
    form->addRow(tr("&Into"), file_row);
    qobject_cast<QLabel*>(form->labelForField(file_row))->setBuddy(file_);
    form->addRow(tr("Links"), all_links_);
    form->addRow(QString(), links_);
    form->addRow(tr("Fi&lter"), filter_);
    form->addRow(QString(), filter_fault_);
    form->addRow(tr("Packets"), switched(cuts_, {snaplen_}));
    form->addRow(tr("Files"), switched(is_ring_, {ring_files_, ring_megabytes_}));
    form->addRow(tr("Time"), switched(has_limit_, {seconds_}));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    begin_ = buttons->button(QDialogButtonBox::Ok);
    begin_->setText(tr("&Capture"));
    connect(buttons, &QDialogButtonBox::accepted, this, &CaptureDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &CaptureDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addStretch(1);
    column->addWidget(buttons);
    // The keyboard goes the way that the eye does.
    const QWidgetList order{file_,    browse_button, all_links_,  links_,          filter_,    cuts_,
                            snaplen_, is_ring_,      ring_files_, ring_megabytes_, has_limit_, seconds_};
    for (qsizetype i = 1; i < order.size(); ++i) {
        setTabOrder(order[i - 1], order[i]);
    }
    begin_->setDefault(true);
    begin_->setFocus();
}

void CaptureDialog::propose(const QStringList& link_ends) {
    QSettings settings;
    const QDir folder(settings.value(folder_key, QDir::homePath()).toString());
    file_->setText(QDir::toNativeSeparators(folder.filePath(lab_ + ".pcapng")));
    settings.beginGroup(group_key);
    const QStringList last = settings.value("links").toStringList();
    bool has_some = false;
    for (const QString& end : link_ends) {
        auto* item = new QListWidgetItem(end, links_);
        const bool was_chosen = last.contains(end);
        item->setCheckState(was_chosen ? Qt::Checked : Qt::Unchecked);
        has_some = has_some || was_chosen;
    }
    all_links_->setChecked(!has_some);
    const int listed = std::clamp(static_cast<int>(link_ends.size()), 2, most_listed);
    links_->setFixedHeight(listed * std::max(links_->sizeHintForRow(0), fontMetrics().height()) +
                           2 * links_->frameWidth() + 4);
    filter_->setText(settings.value("filter").toString());
    cuts_->setChecked(settings.value("cuts", false).toBool());
    snaplen_->setValue(settings.value("snaplen", snaplen_->value()).toInt());
    is_ring_->setChecked(settings.value("ring", false).toBool());
    ring_files_->setValue(settings.value("ring_files", ring_files_->value()).toInt());
    ring_megabytes_->setValue(settings.value("ring_megabytes", ring_megabytes_->value()).toInt());
    has_limit_->setChecked(settings.value("limited", false).toBool());
    seconds_->setValue(settings.value("seconds", seconds_->value()).toDouble());
}

cli::CaptureArguments CaptureDialog::order() const {
    cli::CaptureArguments order;
    order.lab = to_std(lab_);
    order.output = to_std(QDir::fromNativeSeparators(file_->text().trimmed()));
    order.filter = to_std(filter_->text().trimmed());
    for (int i = 0; !all_links_->isChecked() && i < links_->count(); ++i) {
        if (links_->item(i)->checkState() == Qt::Checked) {
            order.links.push_back(to_std(links_->item(i)->text()));
        }
    }
    if (cuts_->isChecked()) {
        order.snaplen_bytes = static_cast<std::uint32_t>(snaplen_->value());
    }
    if (is_ring_->isChecked()) {
        order.ring = to_std(QStringLiteral("%1Mx%2").arg(ring_megabytes_->value()).arg(ring_files_->value()));
    }
    if (has_limit_->isChecked()) {
        order.seconds = seconds_->value();
    }
    return order;
}

void CaptureDialog::browse() {
    QFileDialog dialog(this, tr("Capture into"), QFileInfo(file_->text()).absolutePath(),
                       tr("Captures (*.pcapng)"));
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setOption(QFileDialog::DontConfirmOverwrite); // accept() asks
    dialog.setDefaultSuffix("pcapng");
    dialog.selectFile(QFileInfo(file_->text()).fileName());
    if (dialog.exec() == QDialog::Accepted) {
        file_->setText(QDir::toNativeSeparators(dialog.selectedFiles().front()));
    }
}

void CaptureDialog::check_filter() {
    const quint64 number = ++filter_number_;
    filter_is_good_ = filter_->text().trimmed().isEmpty(); // else nobody knows yet
    if (filter_is_good_) {
        filter_fault_->clear();
        show_state();
        return;
    }
    show_state();
    in_background(
        this,
        [text = to_std(filter_->text().trimmed())] {
            const auto filter = capture::BpfFilter::compile(text, cli::CaptureArguments().snaplen_bytes);
            return filter ? QString() : to_q(filter.error().message);
        },
        [this, number](const QString& fault) {
            if (number == filter_number_) {
                filter_is_good_ = fault.isEmpty();
                filter_fault_->setText(fault);
                show_state();
            }
        });
}

void CaptureDialog::show_state() {
    links_->setEnabled(!all_links_->isChecked());
    filter_fault_->setVisible(!filter_fault_->text().isEmpty());
    bool has_link = all_links_->isChecked();
    for (int i = 0; !has_link && i < links_->count(); ++i) {
        has_link = links_->item(i)->checkState() == Qt::Checked;
    }
    begin_->setEnabled(filter_is_good_ && has_link && !file_->text().trimmed().isEmpty());
}

bool CaptureDialog::may_replace() {
    const QString file = to_q(order().output);
    if (is_ring_->isChecked() || !QFileInfo::exists(file)) {
        return true; // the files of a ring have other names
    }
    return QMessageBox::question(this, tr("Replace"),
                                 tr("%1 exists. Is it to be replaced?").arg(QDir::toNativeSeparators(file)),
                                 QMessageBox::Yes | QMessageBox::No) == QMessageBox::Yes;
}

void CaptureDialog::accept() {
    if (!may_replace()) {
        return;
    }
    const cli::CaptureArguments chosen = order();
    QSettings settings;
    settings.setValue(folder_key, QFileInfo(to_q(chosen.output)).absolutePath());
    settings.beginGroup(group_key);
    QStringList links;
    for (const std::string& link : chosen.links) {
        links.append(to_q(link));
    }
    settings.setValue("links", links);
    settings.setValue("filter", to_q(chosen.filter));
    settings.setValue("cuts", cuts_->isChecked());
    settings.setValue("snaplen", snaplen_->value());
    settings.setValue("ring", is_ring_->isChecked());
    settings.setValue("ring_files", ring_files_->value());
    settings.setValue("ring_megabytes", ring_megabytes_->value());
    settings.setValue("limited", has_limit_->isChecked());
    settings.setValue("seconds", seconds_->value());
    QDialog::accept();
}

} // namespace fulcrum::window
