#include "app/window/inspector/inspector_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStackedLayout>
#include <QVBoxLayout>
#include <algorithm>

namespace fulcrum::window {

namespace {
constexpr qint64 shortest_rest_ms = 1000, longest_rest_ms = 30'000;
constexpr qint64 rest_for_work = 10; // reading takes a tenth of the time at most
} // namespace

InspectorPage::InspectorPage(QWidget* parent)
    : QWidget(parent), top_(new QHBoxLayout), empty_(new QLabel(this)) {
    top_->setContentsMargins(8, 5, 8, 5);
    top_->setSpacing(12);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setForegroundRole(QPalette::PlaceholderText);
    empty_->setWordWrap(true);
    auto* below = new QWidget(this);
    pages_ = new QStackedLayout(below);
    pages_->addWidget(empty_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(top_);
    column->addWidget(below, 1);
    rest_.setSingleShot(true);
    connect(&rest_, &QTimer::timeout, this, [this] {
        if (stale_ && isVisible()) {
            start();
        }
    });
}

InspectorPage::~InspectorPage() {
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
}

void InspectorPage::set_content(QWidget* content) {
    pages_->insertWidget(0, content);
}

void InspectorPage::set_empty_text(const QString& text) {
    empty_->setText(text);
}

void InspectorPage::show_content(bool shown) {
    pages_->setCurrentIndex(shown ? 0 : 1);
}

std::shared_ptr<std::atomic<bool>> InspectorPage::new_job() {
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    return cancelled_;
}

void InspectorPage::set_file(std::shared_ptr<capture::CaptureFile> file) {
    file_ = std::move(file);
    read_again();
}

void InspectorPage::read_again() {
    stale_ = true;
    rest_.stop();
    if (isVisible() && file_ != nullptr) {
        start();
    }
}

void InspectorPage::file_grew() {
    stale_ = true;
    if (isVisible() && file_ != nullptr && !busy_ && !rest_.isActive()) {
        start();
    }
}

void InspectorPage::start() {
    stale_ = false;
    busy_ = true;
    reading_since_.start();
    read();
}

void InspectorPage::done_reading() {
    busy_ = false;
    rest_.start(static_cast<int>(
        std::clamp(reading_since_.elapsed() * rest_for_work, shortest_rest_ms, longest_rest_ms)));
}

void InspectorPage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (stale_ && file_ != nullptr) {
        start();
    }
}

} // namespace fulcrum::window
